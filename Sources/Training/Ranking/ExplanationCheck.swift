internal import Base
internal import Ranking
internal import Store

/// Whether explanations of a head hold: on random rows of a test.
public struct ExplanationCheck: Sendable, Codable {
    public var pairCount = 0
    /// Largest difference of bias + contributions from the logit.
    public var largestGap = 0.0
    /// Pairs whose logit moves the way it is said when the feature that contributes most is set to its
    /// missing value, among those where one can be.
    public var movedRightShare = 0.0

    init(_ rows: RankingRows, head: RankingHead, table: ItemTable, count: Int, seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var (tried, right) = (0, 0)
        let questions = (0..<rows.questions.count).shuffled(using: &random)
        let perQuestion = max(1, (count + questions.count - 1) / max(questions.count, 1))
        for question in questions where pairCount < count {
            var scorer = FeatureScorer(
                head: head, interest: rows.interests[question], vectors: table.vectors)
            let range = rows.starts[question]..<rows.starts[question + 1]
            for _ in 0..<min(perQuestion, count - pairCount) {
                let row = Int.random(in: range, using: &random)
                let features = rows.features[row]
                let logit = scorer.logit(features, vectorRow: rows.vectorRows[row])
                let (shares, vectors) = scorer.contributions(
                    features, vectorRow: rows.vectorRows[row])
                let sum = shares.array.reduce(head.bias, +) + vectors
                largestGap = max(largestGap, Double(abs(sum - logit)))
                pairCount += 1
                let top = (0..<FeatureVector.count).max {
                    shares[$0].magnitude < shares[$1].magnitude
                }
                guard let top, shares[top] != 0 else { continue }
                var changed = features
                changed[top] = FeatureSchema.features[top].missing
                let moved = scorer.logit(changed, vectorRow: rows.vectorRows[row]) - logit
                tried += 1
                if (moved < 0) == (shares[top] > 0), moved != 0 { right += 1 }
            }
        }
        movedRightShare = Double(right) / Double(max(tried, 1))
    }
}

extension RankingTest {
    /// - Parameter count: of random pairs of user and item.
    public func checkExplanations(of fitted: FittedRanking, count: Int) -> ExplanationCheck {
        ExplanationCheck(
            rows, head: fitted.model.head, table: block.table, count: count, seed: seed)
    }
}
