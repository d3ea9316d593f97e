internal import Store

/// How much and how lately the user buys at all. The same for all candidates: it sets the level of
/// probabilities and meets other features in pairs.
enum UserActivity {
    static let start = ItemMarket.start + ItemMarket.features.count
    static let features = [
        Feature(
            name: "user_purchases", kind: .user, unit: "log(1 + days with a purchase)",
            range: 0...6, missing: 0, label: .activity,
            isChangeable: false),
        Feature(
            name: "user_days_since", kind: .user, unit: "log(1 + days since the last purchase)",
            range: 0...6, missing: DayLogarithm.never, label: .activity,
            isChangeable: false),
        Feature(
            name: "user_basket", kind: .user, unit: "log(1 + purchases a day with any)",
            range: 0...6, missing: 0, label: .activity,
            isChangeable: false),
    ]

    static func fill(_ vector: inout FeatureVector, _ profile: Profile, day: Int) {
        let rfm = profile.rfm
        guard rfm.purchaseDayCount > 0, let last = rfm.lastPurchaseUnixNanoseconds else { return }
        vector[start] = DayLogarithm.of(Int(rfm.purchaseDayCount))
        vector[start + 1] = DayLogarithm.of(day - RequestTraits.day(ofUnixNanoseconds: last))
        vector[start + 2] = DayLogarithm.of(
            Float(rfm.purchaseCount) / Float(rfm.purchaseDayCount))
    }
}
