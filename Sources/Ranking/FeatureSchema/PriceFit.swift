internal import Store

/// How well a candidate's price fits what the user pays: a Gaussian of the distance between the
/// logarithm of its price and the profile's mean, exp(-z^2 / 2) with
/// z = (log price - mean) / max(deviation, floor). Half or twice the usual price is one distance,
/// whatever the price level.
///
/// The floor keeps a user who bought once from rejecting every other price: 0.35 is about 42% up or
/// 30% down. Missing (0.5, neither fit nor misfit) without a price or a mean. Prices are taken to be
/// in one currency.
public enum PriceFit {
    static let feature = Feature(
        name: "price_fit", kind: .cross, unit: "likelihood relative to the usual price",
        range: 0...1, missing: 0.5, label: .spend)

    static let deviationFloor: Float = 0.35

    public static func value(logPrice: Float, mean: Float?, deviation: Float) -> Float {
        guard let mean, mean.isFinite, logPrice.isFinite else { return feature.missing }
        let spread = deviation.isFinite ? max(deviation, deviationFloor) : deviationFloor
        let z = (logPrice - mean) / spread
        return feature.admit(Float(Exponential.exp(Double(-0.5 * z * z))))
    }
}
