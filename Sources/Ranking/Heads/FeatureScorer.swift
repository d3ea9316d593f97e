public import Inference

/// A head on features that are known already, for one user: what training and evaluation score by. The
/// same logits as `HeadScorer`'s.
public struct FeatureScorer: Sendable {
    private let head: RankingHead
    private let network: PerceptronSubject?
    private let vectors: Int8VectorTable
    private var products: [Float]

    /// - Parameters:
    ///   - interest: the user's.
    ///   - vectors: of items.
    public init(head: RankingHead, interest: Int8Vector?, vectors: Int8VectorTable) {
        self.head = head
        self.vectors = vectors
        if case .perceptron(let head) = head {
            network = PerceptronSubject(head, interest: interest)
            products = [Float](repeating: 0, count: PerceptronHead.unitCount)
        } else {
            network = nil
            products = []
        }
    }

    /// - Parameter vectorRow: of the item; -1 for none.
    public mutating func logit(_ features: FeatureVector, vectorRow: Int32) -> Float {
        switch head {
        case .linear(let head): return head.logit(features)
        case .shapes(let head): return head.logit(features)
        case .perceptron(let head):
            return head.logit(sums: head.sums(of: features) + added(vectorRow))
        }
    }

    /// What each feature adds, in the order of the schema, and what vectors add.
    public mutating func contributions(
        _ features: FeatureVector, vectorRow: Int32
    ) -> (features: FeatureVector, vectors: Float) {
        switch head {
        case .linear(let head): return (head.contributions(features), 0)
        case .shapes(let head): return (head.contributions(features), 0)
        case .perceptron(let head):
            return head.contributions(features, vectors: added(vectorRow))
        }
    }

    private mutating func added(_ vectorRow: Int32) -> SIMD64<Float> {
        guard let network else { return .zero }
        guard vectorRow >= 0, network.probes.dimension == vectors.dimension,
            network.probes.count > 0
        else { return network.user }
        network.probes.dots(toRow: Int(vectorRow), of: vectors, into: &products)
        return network.user + SIMD64(products)
    }
}
