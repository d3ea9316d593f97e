public import Inference
private import Synchronization

#if canImport(Glibc)
    private import Glibc
#endif

/// Items as columns, the shape ranking reads: one entry per row, a row is an item's position.
/// Immutable, shared by all threads.
public final class ItemTable: Sendable {
    /// Another for every table of the process: what is derived from a table says from which.
    public let serial = lastSerial.add(1, ordering: .relaxed).newValue
    /// Codes into `categories`; -1 when the item has none.
    public let categoryCodes: [Int32]
    /// Codes into `brands`; -1 when the item has none.
    public let brandCodes: [Int32]
    /// Natural logarithm of the price in units of its currency; NaN when unknown or not positive.
    public let logPrices: [Float]
    /// log1p(purchases) / log1p(purchases of the most bought item), 0 to 1; 0 when unknown.
    public let popularity: [Float]
    /// Rows of `vectors`; -1 when the item has no text. Items with one text share a row.
    public let vectorRows: [Int32]
    public let vectors: Int8VectorTable
    public let categories: NameDictionary
    public let brands: NameDictionary

    private let items: ChunkedArray<Item>
    private let index: IdIndex
    /// Made when first asked for, and kept through changes then.
    private let order: Mutex<IdOrder?>

    /// - Parameters:
    ///   - vectorRows: one per item, into `vectors`, -1 for none.
    ///   - popularity: one per item, 0 to 1.
    ///   - categories, brands: the dictionaries shared with other tables; made from `items` when nil.
    public init(
        items: [Item], vectors: Int8VectorTable, vectorRows: [Int32], popularity: [Float],
        categories: NameDictionary? = nil, brands: NameDictionary? = nil
    ) {
        precondition(vectorRows.count == items.count, "vectorRows has one entry per item")
        precondition(popularity.count == items.count, "popularity has one entry per item")
        self.items = ChunkedArray(items)
        self.vectors = vectors
        self.vectorRows = vectorRows
        self.popularity = popularity
        self.categories = categories ?? NameDictionary(items.lazy.map(\.category))
        self.brands = brands ?? NameDictionary(items.lazy.map(\.brand))
        categoryCodes = self.categories.column(of: items.lazy.map(\.category))
        brandCodes = self.brands.column(of: items.lazy.map(\.brand))
        logPrices = items.map { $0.price?.naturalLogarithm ?? .nan }
        index = IdIndex(items.lazy.map(\.id))
        order = Mutex(nil)
    }

    /// As an edit left it.
    init(_ edit: ItemTableEdit, vectors: Int8VectorTable) {
        items = edit.items
        self.vectors = vectors
        vectorRows = edit.vectorRows
        popularity = edit.popularity
        categories = edit.categories
        brands = edit.brands
        categoryCodes = edit.categoryCodes
        brandCodes = edit.brandCodes
        logPrices = edit.logPrices
        index = edit.index
        order = Mutex(edit.order)
    }

    /// A copy to change. It shares what it does not change.
    var edit: ItemTableEdit {
        ItemTableEdit(
            items: items, categoryCodes: categoryCodes, brandCodes: brandCodes,
            logPrices: logPrices, popularity: popularity, vectorRows: vectorRows,
            categories: categories, brands: brands, index: index, order: order.withLock { $0 })
    }

    public static let empty = ItemTable(
        items: [], vectors: Int8VectorTable(dimension: 0, rows: []), vectorRows: [], popularity: [])

    public var count: Int { items.count }

    public func item(at row: Int) -> Item { items[row] }

    public func id(at row: Int) -> String { items[row].id }

    public func row(of id: String) -> Int? { index.row(of: id) }

    /// Looks an identifier up where it lies, without making a String.
    public func row(ofUTF8 id: Span<UInt8>) -> Int? { index.row(of: id) }

    /// Appends a row for each of some identifiers, -1 for one that is not here: sooner done than one after
    /// the other.
    /// - Parameters:
    ///   - ids: one after the other.
    ///   - ends: of each in `ids`.
    public func appendRows(
        ofUTF8 ids: Span<UInt8>, ends: Span<Int32>, _ places: Range<Int>, to rows: inout [Int32]
    ) {
        index.appendRows(of: ids, ends: ends, places, to: &rows)
    }

    /// Rows of the identifiers that come after one in the order of their bytes, at most `limit`. The
    /// first call sorts: not on a loop.
    public func rows(after id: String, limit: Int) -> [Int] {
        let order = order.withLock { known in
            let order = known ?? IdOrder(index)
            known = order
            return order
        }
        return order.rows(after: id, limit: limit, index)
    }

    /// Nil when the item has no text.
    public func vector(at row: Int) -> Int8Vector? {
        vectorRows[row] < 0 ? nil : vectors.row(Int(vectorRows[row]))
    }

    /// The event with what the catalogue knows of its item, ready to fold.
    public func enrich(_ event: Event, row: Int) -> EnrichedEvent {
        let item = items[row]
        return EnrichedEvent(
            event: event, vector: vector(at: row), category: item.category, brand: item.brand,
            unitPrice: item.price)
    }

    /// The popularity column for counted purchases; see `popularity`.
    public static func popularity(ofPurchases counts: [Int64]) -> [Float] {
        let largest = counts.max() ?? 0
        guard largest > 0 else { return [Float](repeating: 0, count: counts.count) }
        let scale = 1 / log1p(Double(largest))
        return counts.map { Float(log1p(Double(max($0, 0))) * scale) }
    }
}

private let lastSerial = Atomic<UInt64>(0)

extension Money {
    /// Of the amount in units; nil when it is not positive.
    public var naturalLogarithm: Float? {
        micros > 0 ? Float(log(Double(micros) / 1_000_000)) : nil
    }
}
