import Ads
import ArgumentParser
import Base
import Foundation
import Messages

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Say whether the server serves, and what it has loaded.",
        discussion: """
            With --settings also how it was set up: what was set, and by a flag, an environment \
            variable or the configuration file. --all-settings adds the defaults. No secret is among \
            them.
            """)

    @OptionGroup var server: ServerOptions

    @Flag(help: "Show the settings that are not defaults.")
    var settings = false

    @Flag(help: "Show every setting.")
    var allSettings = false

    func run() async throws {
        try await reportingFaults(server) {
            let question = try Question(server)
            let health = try await question.ask(
                "/grpc.health.v1.Health/Check",
                encode: { $0.encodeHealthCheckRequest(service: "") },
                decode: { codec, bytes throws(Fault) in
                    try codec.decodeHealthCheckResponse(bytes)
                })
            let card = try await question.card()
            let shown = try await shownSettings(question)
            if server.json {
                try printJSON(
                    Report(
                        serving: health == .serving, card: CardReport(card),
                        settings: shown?.map(SettingReport.init)))
            } else {
                print(
                    "\(server.server) "
                        + (health == .serving
                            ? Terminal.green("serving") : Terminal.red("not serving")))
                CardReport(card).show()
                if let shown { show(shown) }
            }
            if health != .serving { throw ExitCode(69) }
        }
    }

    /// Nil when they are not asked for.
    private func shownSettings(_ question: Question) async throws -> [EffectiveSetting]? {
        guard settings || allSettings else { return nil }
        let all = try await question.ask(
            "/rankwire.v1.AdminService/GetConfiguration",
            encode: { $0.encodeGetConfigurationRequest() },
            decode: { codec, bytes throws(Fault) in
                try codec.decodeGetConfigurationResponse(bytes)
            })
        return all.filter { allSettings || $0.source != "default" }
    }

    private func show(_ settings: [EffectiveSetting]) {
        var table = Table([
            .init(header: "setting"), .init(header: "value", maxWidth: 64), .init(header: "from"),
        ])
        for setting in settings {
            table.add([setting.key, Terminal.printable(setting.value), setting.source])
        }
        printLines(table.lines)
    }

    private struct Report: Encodable {
        var serving: Bool
        var card: CardReport
        var settings: [SettingReport]?
    }

    private struct SettingReport: Encodable {
        var key: String
        var value: String
        var source: String

        init(_ setting: EffectiveSetting) {
            key = setting.key
            value = setting.value
            source = setting.source
        }
    }
}

/// GetModelCard as `status` and `model card` print it.
struct CardReport: Encodable {
    var serverVersion: String
    var rankingHead: String
    var bundleVersion: String
    var source: String
    var dimension: Int
    var maxTokens: Int
    var instructionSet: String
    var meanCosine: Float
    var minimumCosine: Float
    var itemCount: Int
    var adCount: Int
    var intentCount: Int
    var profileCount: Int
    var adModel: AdModelReport

    init(_ card: GetModelCardResponse) {
        serverVersion = card.serverVersion
        rankingHead = card.rankingHead
        bundleVersion = card.bundleVersion
        source = card.source
        dimension = card.dimension
        maxTokens = card.maxTokens
        instructionSet = card.instructionSet
        meanCosine = card.meanCosine
        minimumCosine = card.minimumCosine
        itemCount = card.itemCount
        adCount = card.adCount
        intentCount = card.intentCount
        profileCount = card.profileCount
        adModel = AdModelReport(card.adModel)
    }

    func show() {
        let rows = [
            ("version", serverVersion),
            ("ranking head", rankingHead),
            ("model", Terminal.printable(source)),
            ("bundle", bundleVersion),
            ("vectors", "\(dimension) wide, texts of up to \(maxTokens) tokens"),
            ("kernels", instructionSet),
            (
                "int8 fidelity",
                String(
                    format: "cosine to fp32: mean %.4f, worst %.4f", meanCosine, minimumCosine)
            ),
            ("items", Terminal.grouped(itemCount)),
            ("ads", Terminal.grouped(adCount)),
            ("intents", Terminal.grouped(intentCount)),
            ("profiles", Terminal.grouped(profileCount)),
            ("ad model", adModel.sentence),
        ]
        for (name, value) in rows {
            print(
                "  " + Terminal.dim(name + String(repeating: " ", count: 15 - name.count)) + value)
        }
    }
}

/// What predicts clicks and conversions.
struct AdModelReport: Encodable {
    var version: String
    var clickExampleCount: Int
    var conversionExampleCount: Int
    var learntThrough: String?
    var promotedCount: Int
    var refusedCount: Int
    var feedback: FeedbackCounts

    init(_ card: AdModelCard) {
        version = card.version
        clickExampleCount = card.clickExampleCount
        conversionExampleCount = card.conversionExampleCount
        learntThrough = card.learntThrough.map(timeText)
        promotedCount = card.promotedCount
        refusedCount = card.refusedCount
        feedback = card.feedback
    }

    var sentence: String {
        guard let learntThrough else { return version }
        return
            "\(version), learnt from \(Terminal.grouped(clickExampleCount)) impressions for clicks, "
            + "\(Terminal.grouped(conversionExampleCount)) for conversions, until \(learntThrough)"
    }
}

extension Question {
    func card() async throws -> GetModelCardResponse {
        try await ask(
            "/rankwire.v1.ModelService/GetModelCard",
            encode: { $0.encodeGetModelCardRequest() },
            decode: { codec, bytes throws(Fault) in try codec.decodeGetModelCardResponse(bytes) })
    }
}
