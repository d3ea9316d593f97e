internal import Store

/// The user's own purchases of the candidate: what repeat purchases are foreseen from. All are
/// missing, with the values of somebody who never bought it, where it is not among the profile's
/// bought items.
enum ItemHistory {
    static let start = 6
    static let features = [
        Feature(
            name: "item_purchases", kind: .cross, unit: "log(1 + days with a purchase of it)",
            range: 0...6, missing: 0, label: .activity),
        Feature(
            name: "item_share", kind: .cross, unit: "root of its share of own decayed purchases",
            range: 0...1, missing: 0, label: .activity),
        Feature(
            name: "item_days_since", kind: .cross, unit: "log(1 + days since the last purchase)",
            range: 0...6, missing: DayLogarithm.never, label: .activity),
        Feature(
            name: "item_interval", kind: .cross, unit: "log(1 + mean days between purchases)",
            range: 0...6, missing: DayLogarithm.never, label: .activity),
        DueRatio.feature(name: "item_due"),
    ]

    /// As it is known before the moment of a request.
    struct Own: Sendable {
        var purchases: Float
        var share: Float
        var lastDay: Int
        var interval: Float
        var logInterval: DueRatio.Interval

        init(_ item: BoughtItem) {
            purchases = DayLogarithm.of(item.record.dayCount)
            share = features[1].admit(item.share.squareRoot())
            lastDay = item.record.lastDay
            interval = item.record.intervalDays.map(DayLogarithm.of) ?? features[3].missing
            logInterval = DueRatio.Interval(item.record)
        }

        /// - Parameter day: of the request, days since 1970.
        func fill(_ vector: inout FeatureVector, day: Int) {
            vector[start] = purchases
            vector[start + 1] = share
            vector[start + 2] = DayLogarithm.of(day - lastDay)
            vector[start + 3] = interval
            vector[start + 4] = logInterval.ratio(daysSince: day - lastDay)
        }
    }
}

/// How far into the usual interval between purchases the user is: log2(days since the last / mean
/// days between), 0 when the next is due. Missing (-4, below what can be) with fewer than two days
/// of purchases.
enum DueRatio {
    private static let largest: Float = 3
    private static let missing: Float = -4

    static func feature(name: String) -> Feature {
        Feature(
            name: name, kind: .cross, unit: "log2 of days since the last over days between",
            range: missing...largest, missing: missing, label: .activity)
    }

    /// Mean days between purchases as it is subtracted from.
    struct Interval: Sendable {
        /// log(days + 0.5); NaN when unknown.
        private let logarithm: Float

        init(_ record: PurchaseRecord) {
            logarithm = record.intervalDays.map { DueRatio.logarithm($0) } ?? .nan
        }

        func ratio(daysSince: Int) -> Float {
            guard !logarithm.isNaN else { return DueRatio.missing }
            let since = DueRatio.table[min(max(daysSince, 0), DueRatio.table.count - 1)]
            return min(max((since - logarithm) * DueRatio.perOctave, -largest), largest)
        }
    }

    private static let perOctave: Float = 1.442_695
    private static let table: [Float] = (0..<402).map { logarithm(Float($0)) }

    /// Half a day is added so that an interval of 0 has one.
    private static func logarithm(_ days: Float) -> Float { NaturalLogarithm.of(days + 0.5) }
}
