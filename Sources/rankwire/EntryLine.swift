import Foundation
import Store

/// An entry of the catalogue as the command line shows it, and as the JSON object that an import
/// takes. An attribute that is called as a column has no place in the latter.
struct EntryLine {
    /// Names and values in the import's order; what is empty is left out.
    private var fields: [(name: String, value: Value)] = []

    private enum Value {
        case text(String)
        case list([String])
    }

    init(_ entry: CatalogEntry) {
        switch entry {
        case .item(let item):
            add("item", item.id)
            add(item)
        case .ad(let ad):
            add("ad", ad.id)
            add("campaign", ad.campaignId)
            add(ad.creative)
            add("bid", Self.decimal(ad.bid.micros))
            add("bid_currency", ad.bid.currencyCode)
            add("start", ad.startUnixNanoseconds.map(Self.time) ?? "")
            add("end", ad.endUnixNanoseconds.map(Self.time) ?? "")
            add(ad.delivery)
        case .intent(let intent):
            add("intent", intent.name)
            fields.append(("examples", .list(intent.examples)))
            add("answer", intent.answer)
        case .article(let article):
            add("article", article.id)
            add("title", article.title)
            add("labels", article.labels.joined(separator: ","))
            add("url", article.url)
            add("body", article.body)
        }
    }

    private mutating func add(_ delivery: AdDelivery) {
        if delivery.pricing != .click { add("pricing", delivery.pricing.name) }
        add("daily_budget", delivery.dailyBudgetMicros.map(Self.decimal) ?? "")
        if delivery.pacing != .even { add("pacing", delivery.pacing.name) }
        add("cap_impressions", delivery.frequencyCap.map { "\($0.impressions)" } ?? "")
        add("cap_hours", delivery.frequencyCap.map { "\($0.hours)" } ?? "")
        for rule in delivery.rules {
            let field = rule.field.name + (rule.attribute.isEmpty ? "" : ".\(rule.attribute)")
            add(
                "\(rule.excludes ? "exclude" : "target").\(field)",
                rule.values.joined(separator: "|"))
        }
    }

    private mutating func add(_ item: Item) {
        add("title", item.title)
        add("description", item.description)
        add("category", item.category)
        add("brand", item.brand)
        add("price", item.price.map { Self.decimal($0.micros) } ?? "")
        add("currency", item.price?.currencyCode ?? "")
        for (name, value) in item.attributes.sorted(by: { $0.key < $1.key }) { add(name, value) }
    }

    private mutating func add(_ name: String, _ value: String) {
        if value.isEmpty || fields.contains(where: { $0.name == name }) { return }
        fields.append((name, .text(value)))
    }

    /// One line.
    var json: String {
        get throws {
            let members = try fields.map { name, value in
                let encoded =
                    switch value {
                    case .text(let text): try Self.json(text)
                    case .list(let texts): try Self.json(texts)
                    }
                return try Self.json(name) + ":" + encoded
            }
            return "{" + members.joined(separator: ",") + "}"
        }
    }

    /// A line a field.
    var text: String {
        fields.flatMap { name, value in
            let label = Terminal.bold(name.padding(toLength: 14, withPad: " ", startingAt: 0))
            return switch value {
            case .text(let text): [label + Terminal.printable(text)]
            case .list(let texts): texts.map { label + Terminal.printable($0) }
            }
        }.joined(separator: "\n")
    }

    /// Identifier and what follows it, on one line.
    var summary: String {
        fields.prefix(3).map { _, value in
            switch value {
            case .text(let text): Terminal.printable(text)
            case .list(let texts): "\(Terminal.grouped(texts.count)) examples"
            }
        }.joined(separator: "  ")
    }

    private static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// 1990000 -> "1.99".
    private static func decimal(_ micros: Int64) -> String {
        let fraction = String(format: "%06lld", micros % 1_000_000)
        let digits = fraction.reversed().drop { $0 == "0" }.reversed()
        return "\(micros / 1_000_000)" + (digits.isEmpty ? "" : "." + String(digits))
    }

    /// ISO 8601 with as many digits of a second as it takes.
    private static func time(_ unixNanoseconds: Int64) -> String {
        let nanoseconds = (unixNanoseconds % 1_000_000_000 + 1_000_000_000) % 1_000_000_000
        let seconds = (unixNanoseconds - nanoseconds) / 1_000_000_000
        let text = Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
        if nanoseconds == 0 { return text }
        return text.dropLast() + String(format: ".%09lldZ", nanoseconds)
    }
}
