internal import Base
internal import Store

/// A ranking under way.
public struct RankingJob: RankingWork {
    private let head: AdditiveHead
    private let candidates: CandidateList
    private let explain: Int
    private var extractor: FeatureExtractor
    private var logits: [Float] = []
    private var best: TopK

    init(
        head: AdditiveHead, subject: Subject, table: ItemTable, candidates: CandidateList,
        limit: Int, explain: Int
    ) {
        self.head = head
        self.candidates = candidates
        self.explain = explain
        extractor = FeatureExtractor(subject: subject, table: table, candidates: candidates)
        logits.reserveCapacity(candidates.count)
        best = TopK(capacity: limit == 0 ? candidates.count : min(limit, candidates.count))
    }

    public var isDone: Bool { logits.count == candidates.count }

    public mutating func advance(maxCandidates: Int) {
        let end = min(logits.count + maxCandidates, candidates.count)
        for position in logits.count..<end {
            let logit = head.logit(extractor.features(of: candidates.rows[position]))
            logits.append(logit)
            best.offer(key: TopK.key(logit), index: Int32(position))
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
        guard explain > 0 else { return nil }
        var explanation = Explanation(head: head)
        for row in rows.prefix(explain) {
            explanation.append(
                extractor.features(of: candidates.rows[row.candidate]), head: head)
        }
        return explanation
    }
}
