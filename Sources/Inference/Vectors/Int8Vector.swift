/// A vector quantised symmetrically to int8 with one scale: `values[i] * scale` is about the
/// original. Similarities of catalogue and profile are computed on these, so they are exact integer
/// sums and the same bits everywhere.
public struct Int8Vector: Sendable, Equatable {
    public let values: [Int8]
    public let scale: Float

    public init(values: [Int8], scale: Float) {
        self.values = values
        self.scale = scale
    }

    /// Scale is the largest magnitude / 127; values round half to even. All zeros stay zeros, with
    /// scale 0.
    public init(quantizing vector: [Float]) {
        var largest: Float = 0
        for value in vector { largest = max(largest, abs(value)) }
        scale = largest / 127
        if largest == 0 {
            values = [Int8](repeating: 0, count: vector.count)
        } else {
            let inverse = 127 / largest
            // Adding 1.5 * 2^23 rounds to the nearest integer, ties to even, and leaves it in the low
            // bits: the same as `rounded`, many at a time.
            values = vector.map {
                Int8(truncatingIfNeeded: ($0 * inverse + 12_582_912).bitPattern)
            }
        }
    }

    public var dimension: Int { values.count }

    /// The vector in floats, as it stands after quantisation.
    public var dequantized: [Float] { values.map { Float($0) * scale } }

    /// Dot product; for vectors of unit length, their cosine. Both must have one dimension.
    public func dot(_ other: Int8Vector) -> Float {
        precondition(values.count == other.values.count, "dimensions differ")
        return Float(KernelTable.current.dot(values, other.values, values.count)) * scale
            * other.scale
    }
}
