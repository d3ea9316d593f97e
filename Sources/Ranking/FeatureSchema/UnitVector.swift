public import Inference

/// Means of unit vectors.
public enum UnitVector {
    /// The mean, scaled to unit length and quantised; nil for no vectors or ones that cancel.
    /// - Precondition: all have one dimension.
    public static func mean(of vectors: [Int8Vector]) -> Int8Vector? {
        guard let dimension = vectors.first?.dimension else { return nil }
        var sum = [Float](repeating: 0, count: dimension)
        for vector in vectors {
            precondition(vector.dimension == dimension, "dimensions differ")
            for i in 0..<dimension { sum[i] += Float(vector.values[i]) * vector.scale }
        }
        var squares: Float = 0
        for component in sum { squares += component * component }
        guard squares.isFinite, squares > 0 else { return nil }
        let length = squares.squareRoot()
        return Int8Vector(quantizing: sum.map { $0 / length })
    }
}
