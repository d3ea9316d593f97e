internal import Inference
internal import Intents

/// Makes each of the known scores from training sentences.
enum ScoreFit {
    /// Share of the mean variance that is added to every direction: with fewer sentences than
    /// directions the covariance alone has no inverse.
    private static let shrinkage = 0.1

    /// Those that are preferred, of scores about as good, first: a combined one turns away more of
    /// what nobody made up for the choice, and the last is dear to compute.
    ///
    /// - Parameter weight: of the cosine in the combined score, by the centroids.
    static func all(
        _ vectors: [Int8Vector], _ labels: [Int], intentCount: Int,
        weight: (Int8VectorTable) -> Float
    ) -> [OutOfScopeDetector.Score] {
        let centroids = IntentCentroids.table(vectors, labels, intentCount: intentCount)
        var scores: [OutOfScopeDetector.Score] = [
            .combined(centroids, weight: weight(centroids)), .centroids(centroids), .maximumLogit,
            .energy,
        ]
        if let whitening = whitening(vectors, labels, intentCount: intentCount) {
            scores.append(.mahalanobis(whitening))
        }
        scores.append(
            .nearestNeighbour(
                Int8VectorTable(dimension: vectors.first?.dimension ?? 0, rows: vectors)))
        return scores
    }

    /// With it, logit and cosine of sentences that neither was made from vary alike.
    static func weight(
        of centroids: Int8VectorTable, beside network: Perceptron, on held: [Int8Vector]
    ) -> Float {
        let cosines = deviation(held.map { centroids.dots($0).max() ?? 0 })
        return cosines > 0 ? deviation(held.map { network.logits($0).max() ?? 0 }) / cosines : 0
    }

    private static func deviation(_ values: [Float]) -> Float {
        let count = Float(max(values.count, 1))
        let mean = values.reduce(0, +) / count
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
    }

    private static func whitening(
        _ vectors: [Int8Vector], _ labels: [Int], intentCount: Int
    ) -> OutOfScopeDetector.Whitening? {
        guard let width = vectors.first?.dimension, vectors.count > intentCount else { return nil }
        let floats = vectors.map(\.dequantized)
        var means = [[Float]](repeating: [Float](repeating: 0, count: width), count: intentCount)
        var counts = [Float](repeating: 0, count: intentCount)
        for (row, label) in zip(floats, labels) {
            counts[label] += 1
            for i in 0..<width { means[label][i] += row[i] }
        }
        for intent in 0..<intentCount {
            for i in 0..<width { means[intent][i] /= max(counts[intent], 1) }
        }
        let centred = Matrix(
            rows: zip(floats, labels).map { row, label in zip(row, means[label]).map(-) },
            columnCount: width)
        var covariance = Matrix(rowCount: width, columnCount: width)
        covariance.setProduct(centred, .transposed, centred)
        var shared = covariance.values.map { Double($0) / Double(vectors.count) }
        let variance = (0..<width).reduce(0) { $0 + shared[$1 * width + $1] } / Double(width)
        guard variance > 0 else { return nil }
        for i in 0..<width { shared[i * width + i] += shrinkage * variance }
        guard let inverse = LinearAlgebra.inverseCholesky(shared, width: width) else { return nil }
        var whitened = Matrix(rowCount: intentCount, columnCount: width)
        whitened.setProduct(
            Matrix(rows: means, columnCount: width), .asIs,
            Matrix(
                rows: (0..<width).map { Array(inverse[$0 * width..<($0 + 1) * width]) },
                columnCount: width), .transposed)
        return OutOfScopeDetector.Whitening(
            width: width, rows: inverse, means: (0..<intentCount).map { Array(whitened.row($0)) })
    }
}
