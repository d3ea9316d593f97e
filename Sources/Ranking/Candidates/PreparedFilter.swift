internal import Base
internal import Store

/// A filter laid out for one table: names as codes, prices as what the columns have.
struct PreparedFilter: Sendable {
    /// Rounding of a logarithm in 32 bits, many times over.
    private static let priceSlack: Float = 0.001

    private let table: ItemTable
    private let filter: ItemFilter
    /// By the table's codes; nil for all.
    private let categories: RowBits?
    private let brands: RowBits?
    private let rows: Set<Int32>?
    private let logPrices: ClosedRange<Float>?

    init(_ filter: ItemFilter, for table: ItemTable) {
        self.table = table
        self.filter = filter
        categories = filter.categories.isEmpty ? nil : Self.categories(filter.categories, table)
        brands =
            filter.brands.isEmpty
            ? nil
            : Self.codes(filter.brands.compactMap { table.brands.code(of: $0) }, table.brands.count)
        rows =
            filter.itemIds.isEmpty
            ? nil : Set(filter.itemIds.compactMap { table.row(of: $0).map { Int32($0) } })
        logPrices = Self.logPrices(filter)
    }

    func matches(_ row: Int) -> Bool {
        (matchesColumns(row) && matchesItem(row)) != filter.isInverted
    }

    private func matchesColumns(_ row: Int) -> Bool {
        if let rows, !rows.contains(Int32(row)) { return false }
        if let categories, !Self.contains(categories, table.categoryCodes[row]) { return false }
        if let brands, !Self.contains(brands, table.brandCodes[row]) { return false }
        // A price that is not known is not a number, and in no range.
        if let logPrices, !logPrices.contains(table.logPrices[row]) { return isFree(row) }
        return true
    }

    /// A price of 0 has no logarithm.
    private func isFree(_ row: Int) -> Bool { table.item(at: row).price?.micros == 0 }

    private func matchesItem(_ row: Int) -> Bool {
        guard logPrices != nil || !filter.attributes.isEmpty else { return true }
        let item = table.item(at: row)
        if let least = filter.minPrice {
            guard let price = item.price, price.currencyCode == least.currencyCode,
                price.micros >= least.micros
            else { return false }
        }
        if let most = filter.maxPrice {
            guard let price = item.price, price.currencyCode == most.currencyCode,
                price.micros <= most.micros
            else { return false }
        }
        return filter.attributes.allSatisfy { item.attributes[$0.key] == $0.value }
    }

    private static func categories(_ names: [String], _ table: ItemTable) -> RowBits {
        let below = names.map { $0 + " > " }
        let codes = (0..<Int32(table.categories.count)).filter { code in
            let name = table.categories.name(of: code)
            return names.contains(name) || below.contains { name.hasPrefix($0) }
        }
        return Self.codes(codes, table.categories.count)
    }

    private static func codes(_ codes: [Int32], _ count: Int) -> RowBits {
        var set = RowBits(rowCount: count, isFull: false)
        for code in codes { set.insert(Int(code)) }
        return set
    }

    private static func contains(_ set: RowBits, _ code: Int32) -> Bool {
        code >= 0 && set.contains(Int(code))
    }

    private static func logPrices(_ filter: ItemFilter) -> ClosedRange<Float>? {
        if filter.minPrice == nil, filter.maxPrice == nil { return nil }
        let least = filter.minPrice?.naturalLogarithm ?? -.infinity
        let most = filter.maxPrice.map { $0.naturalLogarithm ?? -.infinity } ?? .infinity
        return least - priceSlack...max(least, most) + priceSlack
    }
}
