// Whether a sentence is one of those the head was trained for. Which of the known scores tells best
// depends on the data: training tries all on validation data and keeps one.

private import Foundation
public import Inference
private import Ranking

/// Immutable. Higher scores are further inside.
public struct OutOfScopeDetector: Sendable {
    public enum Score: Sendable {
        /// The largest logit (Hendrycks et al., "Scaling Out-of-Distribution Detection", 2022).
        case maximumLogit
        /// log of the summed exponentials of the logits (Liu et al., "Energy-based
        /// Out-of-distribution Detection", 2020).
        case energy
        /// Cosine to the nearest training sentence (Sun et al., 2022).
        case nearestNeighbour(Int8VectorTable)
        /// Cosine to the nearest of a few centroids of each intent's training sentences.
        case centroids(Int8VectorTable)
        /// The largest logit, and so many times that cosine: a network that is sure of what lies far
        /// from all it has seen is not believed.
        case combined(Int8VectorTable, weight: Float)
        /// Minus the distance to the nearest intent's mean under the covariance that all intents
        /// share (Lee et al., 2018).
        case mahalanobis(Whitening)

        public var name: String {
            switch self {
            case .maximumLogit: "maximum_logit"
            case .energy: "energy"
            case .nearestNeighbour: "nearest_neighbour"
            case .centroids: "centroids"
            case .combined: "combined"
            case .mahalanobis: "mahalanobis"
            }
        }
    }

    /// Vectors times `rows` have the unit covariance; `means` are the intents' there.
    public struct Whitening: Sendable {
        public let width: Int
        let rows: LaneRows
        let means: [[Float]]

        /// - Parameter rows: row-major, `width * width` values.
        public init(width: Int, rows: [Float], means: [[Float]]) {
            self.width = width
            self.rows = LaneRows(rowCount: width, width: width, rows)
            self.means = means
        }

        func score(_ vector: [Float]) -> Float {
            let lanes = LaneRows.padded(vector)
            let point = (0..<width).map { rows.dot($0, lanes) }
            var nearest = Float.infinity
            for mean in means {
                var distance: Float = 0
                for i in 0..<width { distance += (point[i] - mean[i]) * (point[i] - mean[i]) }
                nearest = min(nearest, distance)
            }
            return -nearest.squareRoot()
        }
    }

    public let score: Score
    /// Below it a sentence is out of scope.
    public let threshold: Float
    /// Of the logistic curve that turns the distance to the threshold into a probability.
    public let slope: Float

    public init(score: Score, threshold: Float, slope: Float) {
        self.score = score
        self.threshold = threshold
        self.slope = slope
    }

    /// - Parameter logits: of the head's members' mean, before the temperature.
    public static func value(
        of score: Score, logits: [Float], vector: Int8Vector
    ) -> Float {
        switch score {
        case .maximumLogit: return logits.max() ?? -.infinity
        case .energy:
            let largest = logits.max() ?? 0
            var sum = 0.0
            for logit in logits { sum += Exponential.exp(Double(logit - largest)) }
            return largest + Float(log(sum))
        case .nearestNeighbour(let table), .centroids(let table):
            return table.dots(vector).max() ?? -1
        case .combined(let table, let weight):
            return (logits.max() ?? -.infinity) + weight * (table.dots(vector).max() ?? -1)
        case .mahalanobis(let whitening): return whitening.score(vector.dequantized)
        }
    }

    /// 0.5 at the threshold.
    public func probability(_ value: Float) -> Float {
        Exponential.logistic(slope * (threshold - value))
    }
}
