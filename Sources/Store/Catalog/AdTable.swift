internal import Inference

/// Ads as columns; the creatives are an `ItemTable` whose item ids are the ads' ids. Immutable.
public final class AdTable: Sendable {
    /// Row for row the same ads.
    public let creatives: ItemTable
    public let bidMicros: [Int64]
    /// Codes into `currencies`; -1 when a bid names none.
    public let currencyCodes: [Int32]
    public let currencies: NameDictionary
    /// Unix nanoseconds from which a campaign runs; `Int64.min` without a start.
    public let startUnixNanoseconds: [Int64]
    /// Unix nanoseconds before which it runs; `Int64.max` without an end.
    public let endUnixNanoseconds: [Int64]

    private let ads: ChunkedArray<Ad>

    /// - Precondition: `creatives` has `ads`' ids in the same order.
    public init(ads: [Ad], creatives: ItemTable) {
        precondition(ads.count == creatives.count, "one creative per ad")
        for (row, ad) in ads.enumerated() {
            precondition(creatives.id(at: row) == ad.id, "creatives stand in the order of ads")
        }
        self.ads = ChunkedArray(ads)
        self.creatives = creatives
        bidMicros = ads.map(\.bid.micros)
        currencies = NameDictionary(ads.lazy.map(\.bid.currencyCode))
        currencyCodes = currencies.column(of: ads.lazy.map(\.bid.currencyCode))
        startUnixNanoseconds = ads.map { $0.startUnixNanoseconds ?? .min }
        endUnixNanoseconds = ads.map { $0.endUnixNanoseconds ?? .max }
    }

    /// As an edit left it.
    init(_ edit: AdTableEdit, vectors: Int8VectorTable) {
        ads = edit.ads
        creatives = ItemTable(edit.creatives, vectors: vectors)
        bidMicros = edit.bidMicros
        currencyCodes = edit.currencyCodes
        currencies = edit.currencies
        startUnixNanoseconds = edit.startUnixNanoseconds
        endUnixNanoseconds = edit.endUnixNanoseconds
    }

    /// A copy to change. It shares what it does not change.
    var edit: AdTableEdit {
        AdTableEdit(
            ads: ads, creatives: creatives.edit, bidMicros: bidMicros,
            currencyCodes: currencyCodes, currencies: currencies,
            startUnixNanoseconds: startUnixNanoseconds, endUnixNanoseconds: endUnixNanoseconds)
    }

    public static let empty = AdTable(ads: [], creatives: .empty)

    public var count: Int { ads.count }

    public func ad(at row: Int) -> Ad { ads[row] }

    public func row(of id: String) -> Int? { creatives.row(of: id) }

    /// Looks an identifier up where it lies, without making a String.
    public func row(ofUTF8 id: Span<UInt8>) -> Int? { creatives.row(ofUTF8: id) }

    /// Whether the campaign runs at a moment.
    public func isRunning(row: Int, atUnixNanoseconds now: Int64) -> Bool {
        startUnixNanoseconds[row] <= now && now < endUnixNanoseconds[row]
    }
}
