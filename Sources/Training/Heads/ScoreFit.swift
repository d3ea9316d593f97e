internal import Inference
internal import Intents

/// Makes each of the known scores from training sentences.
enum ScoreFit {
    /// Share of the mean variance that is added to every direction: with fewer sentences than
    /// directions the covariance alone has no inverse.
    private static let shrinkage = 0.1

    static func all(
        _ vectors: [Int8Vector], _ labels: [Int], intentCount: Int
    ) -> [OutOfScopeDetector.Score] {
        var scores: [OutOfScopeDetector.Score] = [
            .maximumLogit, .energy,
            .nearestNeighbour(
                Int8VectorTable(dimension: vectors.first?.dimension ?? 0, rows: vectors)),
        ]
        if let whitening = whitening(vectors, labels, intentCount: intentCount) {
            scores.append(.mahalanobis(whitening))
        }
        return scores
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
