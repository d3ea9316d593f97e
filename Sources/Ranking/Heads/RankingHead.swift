/// A head that ranks: the fixed one, or a trained one of either kind.
public enum RankingHead: Sendable, Equatable {
    case linear(AdditiveHead)
    case shapes(ShapeHead)
    case perceptron(PerceptronHead)

    /// What a trained head is called on the wire and in files.
    public var kind: String {
        switch self {
        case .linear: "fixed"
        case .shapes: "additive"
        case .perceptron: "perceptron"
        }
    }

    /// Features that are read, in the order of the schema.
    public var features: [Int] {
        switch self {
        case .linear: Array(0..<AdditiveHead.featureCount)
        case .shapes(let head): head.features
        case .perceptron(let head): head.features
        }
    }

    /// What an explanation starts from.
    public var bias: Float {
        switch self {
        case .linear(let head): head.bias
        case .shapes(let head): head.bias
        case .perceptron(let head): head.referenceLogit
        }
    }
}

/// A trained head with the statistics it reads and what is known of its making. Immutable, any thread.
public final class RankingModel: Sendable {
    /// For model cards and logs.
    public struct Origin: Sendable, Equatable, Codable {
        /// Of the encoder whose vectors it reads.
        public var bundleVersion: String
        /// Events before it were seen.
        public var trainedUntilUnixNanoseconds: Int64
        public var seed: UInt64
        public var questionCount: Int
        public var rowCount: Int

        public init(
            bundleVersion: String, trainedUntilUnixNanoseconds: Int64, seed: UInt64,
            questionCount: Int, rowCount: Int
        ) {
            self.bundleVersion = bundleVersion
            self.trainedUntilUnixNanoseconds = trainedUntilUnixNanoseconds
            self.seed = seed
            self.questionCount = questionCount
            self.rowCount = rowCount
        }
    }

    public let head: RankingHead
    public let statistics: ItemStatistics
    public let origin: Origin

    public init(head: RankingHead, statistics: ItemStatistics, origin: Origin) {
        self.head = head
        self.statistics = statistics
        self.origin = origin
    }
}
