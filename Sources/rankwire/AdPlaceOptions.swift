import ArgumentParser
import Messages

/// Where an ad would be shown, as rules read it.
struct AdPlaceOptions: ParsableArguments {
    @Option(help: "Where on the page, as rules name it.")
    var placement = ""

    @Option(help: "E.g. web.")
    var channel = ""

    @Option(help: "E.g. phone.")
    var device = ""

    @Option(help: "E.g. DE-BY.")
    var region = ""

    @Option(name: .customLong("category"), help: "What the page is about; may be repeated.")
    var categories: [String] = []

    @Option(name: .customLong("utc-offset-minutes"), help: "Of the user's clock from UTC.")
    var utcOffsetMinutes = 0

    func fill(_ request: inout ScoreAdsRequest) {
        request.placement = placement
        request.channel = channel
        request.device = device
        request.region = region
        request.categories = categories
        request.utcOffsetMinutes = utcOffsetMinutes
    }
}
