private import Base
public import Ranking
private import Store

/// An auction under way.
public struct AuctionJob: RankingWork {
    private let head: AdditiveHead
    private let candidates: AdCandidateList
    private let explain: Int
    private var extractor: FeatureExtractor
    private var logits: [Float] = []
    private var best: TopK
    private var noBids: [NoBid]

    /// - Parameters:
    ///   - limit: how many ads to return, best first; 0 for all.
    ///   - explain: how many of the returned to explain; 0 for none.
    public init(
        _ subject: Subject, candidates: AdCandidateList, limit: Int, explain: Int,
        head: AdditiveHead = .click
    ) {
        self.head = head
        self.candidates = candidates
        self.explain = explain
        extractor = FeatureExtractor(
            subject: subject, table: candidates.table.creatives, candidates: candidates.creatives)
        let count = candidates.creatives.count
        logits.reserveCapacity(count)
        best = TopK(capacity: limit == 0 ? count : min(limit, count))
        noBids = candidates.noBids
    }

    public var isDone: Bool { logits.count == candidates.creatives.count }

    public mutating func advance(maxCandidates: Int) {
        let end = min(logits.count + maxCandidates, candidates.creatives.count)
        for position in logits.count..<end {
            let logit = head.logit(extractor.features(of: candidates.creatives.rows[position]))
            logits.append(logit)
            let ecpmMicros = EffectiveCPM.micros(
                clickProbability: AdditiveHead.probability(logit: logit),
                bidMicros: candidates.bidMicros[position])
            if ecpmMicros < candidates.terms.floorMicros {
                noBids.append(
                    NoBid(requestIndex: requestIndex(position), reason: .belowFloor))
            } else {
                best.offer(key: ecpmMicros, index: Int32(position))
            }
        }
    }

    public mutating func finish() -> AuctionResult {
        precondition(isDone, "an auction was finished before its candidates were scored")
        let entries = best.sorted()
        let ads = entries.map { entry in
            let position = Int(entry.index)
            return RankedAd(
                requestIndex: requestIndex(position), logit: logits[position],
                clickProbability: AdditiveHead.probability(logit: logits[position]),
                ecpmMicros: entry.key)
        }
        return AuctionResult(
            ads: ads, noBids: noBids.sorted { $0.requestIndex < $1.requestIndex },
            explanation: explanation(of: entries))
    }

    private func requestIndex(_ position: Int) -> Int {
        Int(candidates.creatives.requestIndexes[position])
    }

    private mutating func explanation(of entries: [TopK.Entry]) -> Explanation? {
        guard explain > 0 else { return nil }
        var explanation = Explanation(head: head)
        for entry in entries.prefix(explain) {
            let row = candidates.creatives.rows[Int(entry.index)]
            explanation.append(extractor.features(of: row), head: head)
        }
        return explanation
    }
}
