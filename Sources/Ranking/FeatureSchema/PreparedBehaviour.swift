internal import Store

/// The part of a prepared subject that trained heads read beside statistics: the user's own purchases
/// by rows and codes. Immutable, any thread.
final class PreparedBehaviour: Sendable {
    let bound: BoundStatistics
    /// Position in `items` by row of the table.
    private let positions: CodeTable<Int16>
    private let items: [ItemHistory.Own]
    private let itemDays: [Int16]
    private let categories: CodeTable<CategoryHistory.Own>
    /// Days of purchases by `CategoryHistory.rangeKey`.
    private let ranges: CodeTable<Int32>
    private let brandCount: Int
    let owned: CoOccurrence.Owned
    /// See `Taste`.
    private let tasteDirection: SIMD32<Float>?
    /// By code of the category; empty where nothing is known.
    private let attributeLifts: [Float]

    init(_ profile: Profile, table: ItemTable, bound: BoundStatistics) {
        self.bound = bound
        brandCount = table.brands.count
        var positions = CodeTable<Int16>(capacity: profile.boughtItems.count)
        var ranges = CodeTable<Int32>(capacity: profile.boughtItems.count)
        for (position, item) in profile.boughtItems.enumerated() {
            guard let row = table.row(of: item.itemId) else { continue }
            positions.insert(Int32(row), Int16(position))
            let (category, brand) = (table.categoryCodes[row], table.brandCodes[row])
            guard category >= 0, brand >= 0 else { continue }
            let key = CategoryHistory.rangeKey(
                category: category, brand: brand, brandCount: brandCount)
            ranges.insert(key, (ranges[key] ?? 0) + Int32(clamping: item.record.dayCount))
        }
        self.positions = positions
        self.ranges = ranges
        items = profile.boughtItems.map(ItemHistory.Own.init)
        itemDays = profile.boughtItems.map { Int16(clamping: $0.record.dayCount) }
        var categories = CodeTable<CategoryHistory.Own>(capacity: profile.boughtCategories.count)
        for (name, record) in profile.boughtCategories {
            guard let code = table.categories.code(of: name) else { continue }
            categories.insert(code, CategoryHistory.Own(record))
        }
        self.categories = categories
        let dealtWith = profile.boughtItems.map(\.itemId) + profile.recentItems.map(\.itemId)
        owned = CoOccurrence.Owned(dealtWith.compactMap { bound.statistics.row(of: $0) })
        tasteDirection = Taste.direction(
            of: profile.boughtItems.compactMap { item in
                bound.statistics.row(of: item.itemId).map {
                    ($0, DayLogarithm.of(item.record.dayCount))
                }
            }, bound.statistics)
        attributeLifts = AttributeLift.values(of: profile.attributes, bound)
    }

    /// Everything that depends on the candidate.
    /// - Parameters:
    ///   - row: of the table.
    ///   - day: of the request, days since 1970.
    func fill(
        _ vector: inout FeatureVector, row: Int, category: Int32, brand: Int32, day: Int
    ) {
        var ownDays = 0
        if let position = positions[Int32(row)] {
            items[Int(position)].fill(&vector, day: day)
            ownDays = Int(itemDays[Int(position)])
        }
        fill(&vector, category: category, brand: brand, ownDays: ownDays, day: day)
        let known = bound.rows[row]
        guard known >= 0 else { return }
        ItemMarket.fill(&vector, bound.statistics.columns[Int(known)])
        CoOccurrence.fill(&vector, row: known, owned: owned, statistics: bound.statistics)
        if let tasteDirection {
            Taste.fill(
                &vector, row: known, direction: tasteDirection, statistics: bound.statistics)
        }
    }

    /// Own items near a row of the statistics, the nearest first.
    func reasons(row: Int32) -> [String] {
        guard row >= 0 else { return [] }
        return CoOccurrence.reasons(row: row, owned: owned, statistics: bound.statistics)
            .prefix(ItemReasons.maxItems).map { bound.statistics.itemIds[Int($0)] }
    }

    /// What a category and a brand say, of an item that the table holds or not.
    func fill(
        _ vector: inout FeatureVector, category: Int32, brand: Int32, ownDays: Int, day: Int
    ) {
        guard category >= 0 else { return }
        categories[category]?.fill(&vector, day: day)
        if Int(category) < attributeLifts.count {
            vector[AttributeLift.start] = attributeLifts[Int(category)]
        }
        guard brand >= 0 else { return }
        let key = CategoryHistory.rangeKey(category: category, brand: brand, brandCount: brandCount)
        if let days = ranges[key] {
            vector[CategoryHistory.start + 3] = CategoryHistory.range(
                days: Int(days), own: ownDays)
        }
    }
}
