internal import Inference

#if canImport(Glibc)
    private import Glibc
#endif

/// Decay written forward: an event weighs 2^((time - reference) / half-life). Only ratios of weights
/// count, so nothing already summed is touched again until the exponent grows large; then all sums are
/// scaled down once.
struct Decay {
    /// Halvings between the reference and an event at which sums are scaled back.
    private static let maxExponent = 40.0

    private let halfLifeNanoseconds: Double
    private var referenceNanoseconds: Int64?

    init(halfLifeDays: Double) { halfLifeNanoseconds = halfLifeDays * 86_400 * 1e9 }

    /// The weight of an event at a time, and by how much sums so far are to be scaled first, where
    /// they are. Times come in order.
    mutating func weight(at nanoseconds: Int64) -> (weight: Double, rescale: Double?) {
        guard let reference = referenceNanoseconds else {
            referenceNanoseconds = nanoseconds
            return (1, nil)
        }
        let exponent = (Double(nanoseconds) - Double(reference)) / halfLifeNanoseconds
        guard exponent > Self.maxExponent else { return (exp2(exponent), nil) }
        referenceNanoseconds = nanoseconds
        return (1, exp2(-exponent))
    }
}

/// The decayed sum of unit vectors over one horizon.
struct DecayedVector {
    private var decay: Decay
    private var sums: [Float] = []

    init(halfLifeDays: Double) { decay = Decay(halfLifeDays: halfLifeDays) }

    /// Vectors of another dimension than the first are left out: an encoder changed in between.
    mutating func add(_ vector: Int8Vector, weight base: Double, at nanoseconds: Int64) {
        let (growth, rescale) = decay.weight(at: nanoseconds)
        if let rescale { for i in sums.indices { sums[i] *= Float(rescale) } }
        if sums.isEmpty { sums = [Float](repeating: 0, count: vector.dimension) }
        guard sums.count == vector.dimension else { return }
        let factor = Float(base * growth) * vector.scale
        let values = vector.values.span
        var sums = sums.mutableSpan
        for i in values.indices { sums[i] += factor * Float(values[i]) }
    }

    /// The direction of the sum, of unit length; nil without any, or when the vectors cancel.
    var unit: Int8Vector? {
        var squares = 0.0
        for value in sums { squares += Double(value) * Double(value) }
        guard squares > 0, squares.isFinite else { return nil }
        let scale = Float(1 / squares.squareRoot())
        return Int8Vector(quantizing: sums.map { $0 * scale })
    }
}
