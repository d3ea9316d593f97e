internal import Store

/// Whether the candidate is bought by those who buy in a like manner, beyond what items were ever bought
/// along with it: products of vectors that the users' purchases as a whole are made of (a truncated
/// singular value decomposition: Cremonesi et al., "Performance of recommender algorithms on top-n
/// recommendation tasks", 2010). Missing (0) where the statistics have no vector of the candidate or of
/// anything the user bought.
enum Taste {
    static let start = CoOccurrence.start + CoOccurrence.features.count
    static let features = [
        Feature(
            name: "taste_strength", kind: .cross,
            unit: "signed root of the product of the user's direction and the item's vector",
            range: -1...1, missing: 0, label: .activity),
        Feature(
            name: "taste_similarity", kind: .cross,
            unit: "cosine of the purchases' vectors of user and item", range: -1...1, missing: 0,
            label: .activity),
    ]

    /// Of unit length; nil for somebody of whose purchases nothing is known.
    /// - Parameter bought: rows of the statistics with how much each counts.
    static func direction(
        of bought: [(row: Int32, weight: Float)], _ statistics: ItemStatistics
    ) -> SIMD32<Float>? {
        var sum = SIMD32<Float>.zero
        for (row, weight) in bought { sum += statistics.tastes[Int(row)] * weight }
        let length = (sum * sum).sum().squareRoot()
        return length.isFinite && length > 0 ? sum / length : nil
    }

    /// - Parameter row: the candidate's in `statistics`.
    static func fill(
        _ vector: inout FeatureVector, row: Int32, direction: SIMD32<Float>,
        statistics: ItemStatistics
    ) {
        let length = statistics.tasteLengths[Int(row)]
        guard length > 0 else { return }
        let product = (statistics.tastes[Int(row)] * direction).sum()
        let root = min(product.magnitude, 1).squareRoot()
        vector[start] = product < 0 ? -root : root
        vector[start + 1] = min(max(product / length, -1), 1)
    }
}
