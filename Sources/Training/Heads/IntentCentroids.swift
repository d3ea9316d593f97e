internal import Base
internal import Inference
internal import Ranking

/// A few directions around which an intent's training sentences lie: k-means on the sphere (Dhillon &
/// Modha, "Concept Decompositions for Large Sparse Text Data Using Clustering", 2001).
enum IntentCentroids {
    private static let mostPerIntent = 5
    /// Fewer sentences than that a centroid would follow single ones.
    private static let sentencesPerCentroid = 20
    private static let passCount = 10

    /// - Parameter vectors: of unit length, nearly.
    static func table(
        _ vectors: [Int8Vector], _ labels: [Int], intentCount: Int
    ) -> Int8VectorTable {
        var byIntent = [[Int8Vector]](repeating: [], count: intentCount)
        for (vector, label) in zip(vectors, labels) { byIntent[label].append(vector) }
        var random = SeededRandom(seed: 1)
        return Int8VectorTable(
            dimension: vectors.first?.dimension ?? 0,
            rows: byIntent.flatMap { centroids(of: $0, &random) })
    }

    private static func centroids(
        of vectors: [Int8Vector], _ random: inout SeededRandom
    ) -> [Int8Vector] {
        let count = min(max(vectors.count / sentencesPerCentroid, 1), mostPerIntent, vectors.count)
        var centroids = Array(vectors.shuffled(using: &random).prefix(count))
        for _ in 0..<passCount {
            var members = [[Int8Vector]](repeating: [], count: count)
            for vector in vectors {
                let nearest = centroids.indices.max {
                    vector.dot(centroids[$0]) < vector.dot(centroids[$1])
                }
                if let nearest { members[nearest].append(vector) }
            }
            // One that lost its members stays where it is.
            for (index, own) in members.enumerated() {
                if let mean = UnitVector.mean(of: own) { centroids[index] = mean }
            }
        }
        return centroids
    }
}
