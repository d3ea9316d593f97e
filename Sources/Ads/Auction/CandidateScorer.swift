internal import Ranking
internal import Store

/// The one place where the auction meets the click model: a candidate in, logits out.
struct CandidateScorer: Sendable {
    private var extractor: FeatureExtractor
    private let head = AdditiveHead.click
    /// One click in twenty converts, until a trained model knows better.
    private static let conversionsPerClick: Float = 0.05

    init(_ subject: Subject, table: AdTable, inline: [InlineAd]) {
        var candidates = CandidateList()
        for (position, inline) in inline.enumerated() {
            candidates.append(
                EncodedItem(inline.ad.creative, vector: inline.vector), requestIndex: position)
        }
        extractor = FeatureExtractor(
            subject: subject, table: table.creatives, candidates: candidates)
    }

    /// - Parameter row: as in `FoundAds.rows`.
    mutating func logit(row: Int32) -> Float { head.logit(extractor.features(of: row)) }

    /// Given that the ad is shown.
    func conversionProbability(clickProbability: Float) -> Float {
        clickProbability * Self.conversionsPerClick
    }

    func explanation() -> Explanation { Explanation(head: head) }

    mutating func explain(row: Int32, in explanation: inout Explanation) {
        explanation.append(extractor.features(of: row), head: head)
    }
}
