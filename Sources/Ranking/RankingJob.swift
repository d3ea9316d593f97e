internal import Base
internal import Store

/// A ranking under way.
public struct RankingJob: RankingWork {
    private let candidates: CandidateList
    private let request: RankingRequest
    private var scorer: HeadScorer
    private var logits: [Float] = []
    private var best: TopK

    init(_ scorer: HeadScorer, candidates: CandidateList, _ request: RankingRequest) {
        self.candidates = candidates
        self.request = request
        self.scorer = scorer
        logits.reserveCapacity(candidates.count)
        best = TopK(
            capacity: request.limit == 0
                ? candidates.count : min(request.limit, candidates.count))
    }

    public var isDone: Bool { logits.count == candidates.count }

    public mutating func advance(maxCandidates: Int) {
        let range = logits.count..<min(logits.count + maxCandidates, candidates.count)
        scorer.score(candidates.rows, range, into: &logits)
        for position in range {
            best.offer(key: TopK.key(logits[position]), index: Int32(position))
        }
    }

    public mutating func finish() -> RankedList {
        precondition(isDone, "a ranking was finished before its candidates were scored")
        let rows = best.sorted().map { entry in
            let position = Int(entry.index)
            return RankedRow(
                candidate: position, requestIndex: Int(candidates.requestIndexes[position]),
                logit: logits[position],
                probability: AdditiveHead.probability(logit: logits[position]))
        }
        return RankedList(rows: rows, explanation: explanation(of: rows))
    }

    private mutating func explanation(of rows: [RankedRow]) -> Explanation? {
        guard request.explain > 0 else { return nil }
        var explanation = Explanation(head: scorer.head)
        let threshold = threshold(ofRank: request.counterfactualRank)
        for row in rows.prefix(request.explain) {
            let candidate = candidates.rows[row.candidate]
            let reading = scorer.read(candidate)
            let (values, contributions) = scorer.explain(reading)
            explanation.append(values: values, contributions: contributions)
            explanation.reasons.append(scorer.extractor.sources.reasons(of: candidate))
            guard let threshold else { continue }
            explanation.counterfactuals.append(
                scorer.counterfactual(reading, threshold: threshold))
        }
        return explanation
    }

    /// Between the logits of a rank and the next; nil where there are not so many.
    private func threshold(ofRank rank: Int) -> Float? {
        guard rank > 0, rank < logits.count else { return nil }
        let sorted = logits.sorted(by: >)
        return (sorted[rank - 1] + sorted[rank]) / 2
    }
}

extension HeadScorer {
    /// See `Counterfactual`; features that the head reads and somebody can change.
    fileprivate func counterfactual(_ reading: Reading, threshold: Float) -> Counterfactual? {
        Counterfactual.find(
            reading.features,
            changeable: head.features.filter { FeatureSchema.features[$0].isChangeable },
            threshold: threshold
        ) { features in
            var changed = reading
            changed.features = features
            return logit(changed)
        }
    }
}
