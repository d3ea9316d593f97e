/// What everybody does with the candidate, as of the statistics. Missing where they do not know it: an
/// item that nobody bought yet.
enum ItemMarket {
    static let start = Taste.start + Taste.features.count
    /// An item older than that is not new.
    static let maxAgeDays = 56
    static let features = [
        Feature(
            name: "recent_popularity", kind: .item,
            unit: "log count of the last 28 days, share of the largest", range: 0...1, missing: 0),
        Feature(
            name: "popularity_trend", kind: .item,
            unit: "log2 of the rate of 28 days over that of 182", range: -3...3, missing: 0),
        Feature(
            name: "item_repeat_rate", kind: .item,
            unit: "share of its buyers of 182 days who bought it on several", range: 0...1,
            missing: 0),
        Feature(
            name: "item_age", kind: .item,
            unit: "log(1 + days since it was first bought, 56 at most)",
            range: 0...4.1, missing: 0),
        Feature(
            name: "item_idle", kind: .item, unit: "log(1 + days since anybody bought it)",
            range: 0...6, missing: DayLogarithm.never),
        Feature(
            name: "item_newcomers", kind: .item,
            unit: "log count of first purchases by a user in 56 days, share of the largest",
            range: 0...1, missing: 0),
        Feature(
            name: "category_share", kind: .item,
            unit: "log of its share of its category's purchases in 182 days", range: -16...0,
            missing: -16),
    ]

    static func fill(_ vector: inout FeatureVector, _ columns: ItemStatistics.Columns) {
        vector[start] = columns.recentPopularity
        vector[start + 1] = columns.trend
        vector[start + 2] = columns.repeatRate
        vector[start + 3] = columns.logAgeDays
        vector[start + 4] = columns.logIdleDays
        vector[start + 5] = columns.newcomers
        vector[start + 6] = columns.categoryShare
    }
}

extension ItemStatistics.Columns {
    /// What counting gives, as the features' numbers.
    /// - Parameters:
    ///   - recent: purchases in the last `recentDays`; `largestRecent` of the item with most.
    ///   - long: purchases in the last `longDays`, of which there are events of `historyDays`.
    ///   - buyers, repeaters: users who bought it in `longDays`, and on several days.
    ///   - ageDays, idleDays: since its first and last purchase.
    ///   - newcomers: users who bought it for the first time in `newcomerDays`; `largestNewcomers` of
    ///     the item with most.
    ///   - categoryLong: purchases in its category in `longDays`.
    public init(
        recent: Int, largestRecent: Int, long: Int, historyDays: Int, buyers: Int, repeaters: Int,
        ageDays: Int, idleDays: Int, newcomers: Int, largestNewcomers: Int, categoryLong: Int
    ) {
        let features = ItemMarket.features
        let recentDays = Float(min(ItemStatistics.recentDays, max(historyDays, 1)))
        let longDays = Float(min(ItemStatistics.longDays, max(historyDays, 1)))
        // One purchase is added to both, spread over their time, so that few say little.
        let rate = (Float(recent) + recentDays / longDays) / recentDays
        let longRate = (Float(long) + 1) / longDays
        self.init(
            recentPopularity: Self.share(recent, of: largestRecent),
            trend: features[1].admit(NaturalLogarithm.of(rate / longRate) * 1.442_695),
            // Two buyers who do not come back are added.
            repeatRate: features[2].admit(Float(repeaters) / Float(buyers + 2)),
            logAgeDays: DayLogarithm.of(min(ageDays, ItemMarket.maxAgeDays)),
            logIdleDays: DayLogarithm.of(idleDays),
            newcomers: Self.share(newcomers, of: largestNewcomers),
            // Added so that an item without purchases has a share, and a small category no large one.
            categoryShare: features[6].admit(
                NaturalLogarithm.of((Float(long) + 0.5) / (Float(categoryLong) + 5))))
    }

    /// Of logarithms of counts, 0 to 1.
    private static func share(_ count: Int, of largest: Int) -> Float {
        min(DayLogarithm.unbounded(count) / DayLogarithm.unbounded(max(largest, 1)), 1)
    }
}

extension DayLogarithm {
    fileprivate static func unbounded(_ count: Int) -> Float {
        NaturalLogarithm.of(1 + Float(count))
    }
}
