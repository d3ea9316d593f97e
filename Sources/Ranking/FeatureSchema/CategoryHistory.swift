internal import Store

/// The user's own purchases in the candidate's category, and of its brand within it: what is bought of
/// such things, whether or not this one ever was. Missing as in `ItemHistory`.
enum CategoryHistory {
    static let start = ItemHistory.start + ItemHistory.features.count
    static let features = [
        Feature(
            name: "category_purchases", kind: .cross,
            unit: "log(1 + days with a purchase in its category)", range: 0...6, missing: 0,
            label: .activity),
        Feature(
            name: "category_days_since", kind: .cross,
            unit: "log(1 + days since the last purchase in its category)", range: 0...6,
            missing: DayLogarithm.never, label: .activity),
        DueRatio.feature(name: "category_due"),
        Feature(
            name: "range_purchases", kind: .cross,
            unit: "log(1 + purchases of other items of its brand in its category)", range: 0...6,
            missing: 0, label: .activity),
    ]

    struct Own: Sendable {
        var purchases: Float
        var lastDay: Int
        var interval: DueRatio.Interval

        init(_ record: PurchaseRecord) {
            purchases = DayLogarithm.of(record.dayCount)
            lastDay = record.lastDay
            interval = DueRatio.Interval(record)
        }

        func fill(_ vector: inout FeatureVector, day: Int) {
            vector[start] = purchases
            vector[start + 1] = DayLogarithm.of(day - lastDay)
            vector[start + 2] = interval.ratio(daysSince: day - lastDay)
        }
    }

    /// Brand and category as one key; exact for up to 2^31 pairs.
    /// - Precondition: neither is negative.
    static func rangeKey(category: Int32, brand: Int32, brandCount: Int) -> Int32 {
        Int32(truncatingIfNeeded: Int(category) * brandCount + Int(brand)) & .max
    }

    /// - Parameters:
    ///   - days: purchases of the whole range, in days.
    ///   - own: those of the candidate itself among them.
    static func range(days: Int, own: Int) -> Float { DayLogarithm.of(days - own) }
}
