/// An `ItemTable` while it changes. Columns are copied when they are first written: some
/// microseconds for each megabyte, less than keeping two tables and looking every row up in both.
struct ItemTableEdit {
    private(set) var items: ChunkedArray<Item>
    private(set) var categoryCodes: [Int32]
    private(set) var brandCodes: [Int32]
    private(set) var logPrices: [Float]
    private(set) var popularity: [Float]
    private(set) var vectorRows: [Int32]
    private(set) var categories: NameDictionary
    private(set) var brands: NameDictionary
    private(set) var index: IdIndex
    private(set) var order: IdOrder?

    func row(of id: String) -> Int? { index.row(of: id) }

    /// Replaces the item of the same identifier, whose popularity stays, or appends it.
    /// - Parameter vectorRow: -1 for none.
    mutating func upsert(_ item: Item, vectorRow: Int32) {
        let row = row(of: item.id) ?? append(item.id)
        items[row] = item
        Self.set(&categoryCodes, row, categories.add(item.category))
        Self.set(&brandCodes, row, brands.add(item.brand))
        Self.set(&logPrices, row, item.price?.naturalLogarithm ?? .nan)
        Self.set(&vectorRows, row, vectorRow)
    }

    private mutating func append(_ id: String) -> Int {
        items.append(Item(id: id))
        categoryCodes.append(-1)
        brandCodes.append(-1)
        logPrices.append(.nan)
        popularity.append(0)
        vectorRows.append(-1)
        index.append(id)
        order?.insertLast(index)
        return items.count - 1
    }

    /// Takes a row out; the last row takes its number.
    mutating func remove(row: Int) {
        order?.remove(row: row, index)
        index.remove(row: row)
        items.swapRemove(at: row)
        categoryCodes.swapRemove(at: row)
        brandCodes.swapRemove(at: row)
        logPrices.swapRemove(at: row)
        popularity.swapRemove(at: row)
        vectorRows.swapRemove(at: row)
    }

    /// Writes only what differs: a column that is not written is not copied.
    private static func set<Value: Equatable>(_ column: inout [Value], _ row: Int, _ value: Value) {
        if column[row] != value { column[row] = value }
    }
}
