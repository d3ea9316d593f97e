import ArgumentParser
import Messages
import Ranking
import Store

/// What is asked of a list of found items, whatever it is found by.
struct FoundListOptions: ParsableArguments {
    @Option(help: "How many to show.") var limit = 10
    @Option(help: "How many of them to explain.") var explain = 0
    @Option(help: "How much they shall differ, 0 to 1.") var diversity: Float = 0
    @Option(help: "Rank as of this time, e.g. 2017-12-20T12:00:00Z; now when absent.")
    var at: String?

    @Option(help: "The channel the user comes by, as events name it.") var channel = ""
    @Option(help: "The device the user comes by, as events name it.") var device = ""
    @Option(help: "The next page: the token that the page before ends with.") var page = ""

    @Option(
        name: .customLong("from"),
        help: ArgumentHelp(
            "Where candidates may come from; may be repeated. "
                + CandidateSources.names.joined(separator: ", ") + ".", valueName: "source"))
    var sources: [String] = []

    func validate() throws {
        guard limit > 0, explain >= 0 else {
            throw ValidationError("--limit must be positive, --explain not negative.")
        }
        for source in sources where !CandidateSources.names.contains(source) {
            throw ValidationError("--from \(source): there is no such source.")
        }
    }

    func request(_ rules: RuleOptions) throws -> FindItemsRequest {
        var request = FindItemsRequest()
        request.count = limit
        request.explain = explain
        request.diversity = diversity
        request.pageToken = page
        request.includesTitles = true
        request.rules = try rules.rules()
        request.context = RequestContext(
            unixNanoseconds: try at.map { try TimeOption.nanoseconds($0, "at") }, channel: channel,
            device: device)
        for source in sources {
            guard let place = CandidateSources.names.firstIndex(of: source) else { continue }
            request.sources.formUnion(CandidateSources(number: place + 1) ?? [])
        }
        return request
    }
}

/// What may come back, and what comes sooner.
struct RuleOptions: ParsableArguments {
    @Option(help: "Only of this category or one below it; may be repeated.")
    var category: [String] = []

    @Option(help: "Only of this brand; may be repeated.") var brand: [String] = []
    @Option(help: "Only from this price on.") var minPrice: Double?
    @Option(help: "Only up to this price.") var maxPrice: Double?
    @Option(help: "Of prices, as ISO 4217 has it.") var currency = "USD"

    @Option(
        help: ArgumentHelp("Only with this attribute; may be repeated.", valueName: "name=value"))
    var attribute: [String] = []

    @Option(help: "Never this item; may be repeated.") var exclude: [String] = []
    @Flag(help: "Nothing that the user bought.") var notBought = false
    @Flag(help: "Only what the user looked at and did not buy.") var viewedNotBought = false

    @Option(
        help: ArgumentHelp(
            "Adds to the logits of a category, a brand or an item, as in 'brand=acme:1.5'; may be "
                + "repeated.", valueName: "what=name:logits"))
    var boost: [String] = []

    func validate() throws {
        guard !(notBought && viewedNotBought) else {
            throw ValidationError("Give --not-bought or --viewed-not-bought, not both.")
        }
        for price in [minPrice, maxPrice].compactMap({ $0 }) where !(0...1e12).contains(price) {
            throw ValidationError("A price must be 0 to 1e12.")
        }
        _ = try rules()
    }

    func rules() throws -> ItemRules {
        var filter = ItemFilter()
        filter.categories = category
        filter.brands = brand
        filter.minPrice = minPrice.map(money)
        filter.maxPrice = maxPrice.map(money)
        for pair in attribute {
            let (name, value) = try Self.split(pair, at: "=", "--attribute takes NAME=VALUE")
            filter.attributes[name] = value
        }
        var rules = ItemRules()
        if filter != ItemFilter() { rules.filters = [filter] }
        rules.boosts = try boost.map(Self.boost)
        rules.excludedIds = exclude
        rules.pastItems = notBought ? .notBought : viewedNotBought ? .viewedNotBought : .all
        return rules
    }

    private func money(_ units: Double) -> Money {
        Money(micros: Int64((units * 1e6).rounded()), currencyCode: currency)
    }

    private static func boost(_ text: String) throws -> ItemBoost {
        let usage = "--boost takes category=, brand= or item=, a name, a colon and a number"
        let (what, rest) = try split(text, at: "=", usage)
        guard let colon = rest.lastIndex(of: ":"),
            let logits = Float(rest[rest.index(after: colon)...])
        else { throw ValidationError("\(usage), not \"\(text)\".") }
        let name = String(rest[..<colon])
        var filter = ItemFilter()
        switch what {
        case "category": filter.categories = [name]
        case "brand": filter.brands = [name]
        case "item": filter.itemIds = [name]
        default: throw ValidationError("\(usage), not \"\(text)\".")
        }
        return ItemBoost(filter: filter, logits: logits)
    }

    private static func split(
        _ text: String, at separator: Character, _ usage: String
    ) throws -> (String, String) {
        guard let place = text.firstIndex(of: separator) else {
            throw ValidationError("\(usage), not \"\(text)\".")
        }
        return (String(text[..<place]), String(text[text.index(after: place)...]))
    }
}
