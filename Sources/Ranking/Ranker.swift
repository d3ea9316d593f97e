public import Store

/// Ranks candidates by a head. Immutable: one for all requests.
public struct Ranker: Sendable {
    public let head: AdditiveHead

    public init(head: AdditiveHead = .preference) { self.head = head }

    /// Ranks all candidates at once, for lists short enough to hold the thread.
    /// - Parameters:
    ///   - limit: how many to return, best first; 0 for all.
    ///   - explain: how many of the returned to explain; 0 for none.
    public func rank(
        _ subject: Subject, table: ItemTable, candidates: CandidateList, limit: Int, explain: Int
    ) -> RankedList {
        var job = start(
            subject, table: table, candidates: candidates, limit: limit, explain: explain)
        job.advance(maxCandidates: candidates.count)
        return job.finish()
    }

    /// The same in slices; the caller looks at the deadline between them.
    public func start(
        _ subject: Subject, table: ItemTable, candidates: CandidateList, limit: Int, explain: Int
    ) -> RankingJob {
        RankingJob(
            head: head, subject: subject, table: table, candidates: candidates, limit: limit,
            explain: explain)
    }
}

/// A ranked candidate.
public struct RankedRow: Sendable, Equatable {
    /// Position in the `CandidateList`.
    public let candidate: Int
    /// Its place in the request.
    public let requestIndex: Int
    /// Bias plus contributions.
    public let logit: Float
    /// logistic(logit).
    public let probability: Float
}

/// Best first; equal logits in the order of the request.
public struct RankedList: Sendable, Equatable {
    public let rows: [RankedRow]
    /// For the first rows; nil when not asked for.
    public let explanation: Explanation?
}
