public import Store

/// Ranks candidates by a head. Immutable: one for all requests.
public struct Ranker: Sendable {
    public let head: RankingHead
    /// Of the trained model; nil for the fixed head.
    public let model: RankingModel?
    private let statistics: BoundStatistics?

    /// The fixed head, which reads the base features and any table.
    public init(head: AdditiveHead = .preference) {
        self.head = .linear(head)
        model = nil
        statistics = nil
    }

    /// A trained model for the items of one table; the fixed head without one.
    public init(model: RankingModel?, table: ItemTable) {
        head = model?.head ?? .linear(.preference)
        self.model = model
        statistics = model.map { BoundStatistics($0.statistics, table: table) }
    }

    /// The same for another table.
    public func bound(to table: ItemTable) -> Ranker {
        guard let model, statistics?.tableSerial != table.serial else { return self }
        return Ranker(model: model, table: table)
    }

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
        start(
            subject, table: table, candidates: candidates,
            RankingRequest(limit: limit, explain: explain))
    }

    public func start(
        _ subject: Subject, table: ItemTable, candidates: CandidateList, _ request: RankingRequest
    ) -> RankingJob {
        RankingJob(
            scorer(subject, table: table, candidates: candidates), candidates: candidates, request)
    }

    /// - Precondition: a trained model is for `table`.
    func scorer(_ subject: Subject, table: ItemTable, candidates: CandidateList) -> HeadScorer {
        precondition(
            statistics.map { $0.tableSerial == table.serial } ?? true,
            "the model is bound to another table")
        return HeadScorer(
            head: head, subject: subject, table: table, candidates: candidates,
            statistics: statistics)
    }
}

/// What is wanted of a ranking.
public struct RankingRequest: Sendable, Equatable {
    /// How many to return, best first; 0 for all.
    public var limit: Int
    /// How many of the returned to explain; 0 for none.
    public var explain: Int
    /// With each explanation, what would move the item across this rank; 0 for none.
    public var counterfactualRank: Int

    public init(limit: Int = 0, explain: Int = 0, counterfactualRank: Int = 0) {
        self.limit = limit
        self.explain = explain
        self.counterfactualRank = counterfactualRank
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
