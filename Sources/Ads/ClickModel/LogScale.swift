internal import Ranking

/// Counts and times as a logit takes them: 2 log(1 + x / unit) / log(1 + full / unit), held to 0...2,
/// so that the step from none to one says more than that from 100 to 101. The scales are fixed, not
/// fitted: a feature is the same number in training, in serving and next year.
struct LogScale: Sendable {
    private let unit: Double
    private let factor: Double

    /// - Parameters:
    ///   - unit: about where the scale turns from linear to logarithmic, above 0.
    ///   - full: the amount that is 2.
    init(unit: Double, full: Double) {
        self.unit = unit
        factor = 2 / Logarithm.natural(1 + full / unit)
    }

    /// 0 for what is below 0 or no number.
    func value(_ amount: Double) -> Float {
        guard amount > 0, amount.isFinite else { return 0 }
        return Float(min(2, Logarithm.natural(1 + amount / unit) * factor))
    }

    // Rates are of a quarter of a year.
    static let purchaseRate = LogScale(unit: 10, full: 480)
    static let purchases4Weeks = LogScale(unit: 3, full: 160)
    static let purchases13Weeks = LogScale(unit: 10, full: 480)
    /// Units of the currency.
    static let purchaseValue = LogScale(unit: 1, full: 20)
    static let daysSincePurchase = LogScale(unit: 1, full: 90)
    static let redemptionRate = LogScale(unit: 0.5, full: 12)
    static let daysSinceRedemption = LogScale(unit: 7, full: 240)
    static let couponRate = LogScale(unit: 0.5, full: 40)
    static let couponShare = LogScale(unit: 0.005, full: 0.16)
    static let categoryShare = LogScale(unit: 0.01, full: 0.8)
    static let categoryRate = LogScale(unit: 1, full: 100)
}
