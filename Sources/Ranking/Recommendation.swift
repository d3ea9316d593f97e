internal import Base
internal import Inference
public import Store

/// What is asked of a catalogue for one subject.
public struct RecommendationOrder: Sendable {
    public var query: CandidateQuery
    /// Items over all pages.
    public var maxCount: Int
    /// 0 to 1; see `Diversifier`.
    public var diversity: Float
    /// How many of the first to explain.
    public var explain: Int

    public init(query: CandidateQuery, maxCount: Int, diversity: Float, explain: Int) {
        self.query = query
        self.maxCount = maxCount
        self.diversity = diversity
        self.explain = explain
    }
}

/// Items that were found, best first.
public struct FoundItems: Sendable, Equatable {
    public struct Row: Sendable, Equatable {
        /// Of the catalogue's table.
        public var row: Int32
        public var logit: Float
        public var probability: Float
        public var sources: CandidateSources
    }

    public var rows: [Row] = []
    /// Of the first rows; nil when not asked for.
    public var explanation: Explanation?
    /// How many were ranked.
    public var candidateCount = 0
}

/// What a candidate's logit has beside the head's.
struct LogitParts: Sendable {
    /// Nil without a query.
    var relevance: QueryRelevance?
    /// Nil where nothing is boosted.
    var boost: Float?

    func logit(preference: Float) -> Float {
        (relevance?.logit(preference: preference) ?? preference) + (boost ?? 0)
    }
}

/// From an order to items: find, rank, diversify, explain; `advance` until `isDone`, then `finish`. Pieces
/// of some hundred microseconds; they do not change the result. May move between threads, never run on
/// two.
public struct RecommendationJob: Sendable {
    private static let candidatesPerPiece = 256
    private static let chosenPerPiece = 32
    private static let explainedPerPiece = 64

    private enum Step {
        case start
        case find(CandidateSearch)
        case rank(RankingJob)
        case diversify(Diversifier)
        case explain, done
    }

    private let order: RecommendationOrder
    private let subject: Subject
    private let index: CandidateIndex
    private let table: ItemTable
    private let ranker: Ranker
    private var step: Step
    /// By candidate.
    private var candidates = CandidateList()
    private var sources: [CandidateSources] = []
    private var parts: [LogitParts] = []
    /// Candidates of `items.rows`.
    private var ranked: [Int] = []
    private var items = FoundItems()
    private var explanation: FoundExplanation?

    /// - Parameter table: the catalogue's, in which candidates are ranked.
    public init(
        _ order: RecommendationOrder, for subject: Subject, index: CandidateIndex,
        table: ItemTable, ranker: Ranker
    ) {
        self.order = order
        self.subject = subject
        self.index = index
        self.table = table
        self.ranker = ranker
        step = .start
    }

    public var isDone: Bool {
        if case .done = step { return true }
        return false
    }

    /// - Precondition: `isDone`.
    public func finish() -> FoundItems {
        precondition(isDone, "a recommendation was not finished")
        return items
    }

    /// One piece. What works lies in `step` alone while it does: shared, it would be copied.
    public mutating func advance() {
        let current = step
        step = .done
        switch consume current {
        case .start: step = .find(CandidateSearch(order.query, for: subject, index: index))
        case .find(var search):
            search.advance()
            if search.isDone { rank(search.found) } else { step = .find(search) }
        case .rank(var job):
            job.advance(maxCandidates: Self.candidatesPerPiece)
            if job.isDone { ranked(job.finish()) } else { step = .rank(job) }
        case .diversify(var diversifier):
            diversifier.advance(maxCount: Self.chosenPerPiece)
            if diversifier.isDone {
                take(diversifier.finish())
            } else {
                step = .diversify(diversifier)
            }
        case .explain: explain()
        case .done: break
        }
    }

    // MARK: Ranking

    private mutating func rank(_ found: FoundCandidates) {
        let filters = order.query.rules.filters.map { PreparedFilter($0, for: table) }
        candidates.reserve(found.rows.count)
        for (position, indexRow) in found.rows.enumerated() {
            guard let row = index.row(indexRow, in: table) else { continue }
            // The item may have become another since the index was made.
            if index.table !== table, !filters.allSatisfy({ $0.matches(Int(row)) }) { continue }
            candidates.append(row: Int(row), requestIndex: position)
            sources.append(found.sources[position])
            parts.append(LogitParts(relevance: relevance(row, indexRow, found.words)))
        }
        addCategories()
        addBoosts()
        items.candidateCount = candidates.count
        step = .rank(
            ranker.start(subject, table: table, candidates: candidates, limit: 0, explain: 0))
    }

    private func relevance(
        _ row: Int32, _ indexRow: Int32, _ words: LexicalMatches?
    ) -> QueryRelevance? {
        guard !order.query.words.isEmpty else { return nil }
        var relevance = QueryRelevance()
        let sources = order.query.sources
        let vectorRow = table.vectorRows[Int(row)]
        if sources.contains(.queryMeaning), let meaning = order.query.meaning, vectorRow >= 0,
            meaning.dimension == table.vectors.dimension
        {
            relevance.meaning = table.vectors.dot(meaning, row: Int(vectorRow))
        }
        if sources.contains(.queryWords), let words {
            relevance.words = words.scores[Int(indexRow)]
        }
        return relevance
    }

    /// What the best by meaning and words agree on, where both are asked for.
    private mutating func addCategories() {
        guard !order.query.words.isEmpty,
            order.query.sources.isSuperset(of: .query)
        else { return }
        var best = TopK(capacity: min(QueryRelevance.votingCount, candidates.count))
        for (position, part) in parts.enumerated() {
            guard let relevance = part.relevance else { continue }
            best.offer(key: TopK.key(relevance.nearness), index: Int32(position))
        }
        let voters = best.sorted().map { table.categoryCodes[Int(candidates.rows[Int($0.index)])] }
        for position in parts.indices {
            let category = table.categoryCodes[Int(candidates.rows[position])]
            guard category >= 0 else { continue }
            let votes = voters.reduce(0) { $1 == category ? $0 + 1 : $0 }
            parts[position].relevance?.category = Float(votes) / Float(voters.count)
        }
    }

    private mutating func addBoosts() {
        let boosts = order.query.rules.boosts.map {
            (filter: PreparedFilter($0.filter, for: table), logits: $0.logits)
        }
        guard !boosts.isEmpty else { return }
        for position in parts.indices {
            parts[position].boost = boosts.reduce(0) { sum, boost in
                boost.filter.matches(Int(candidates.rows[position])) ? sum + boost.logits : sum
            }
        }
    }

    private mutating func ranked(_ list: RankedList) {
        let isPlain = order.query.words.isEmpty && order.query.rules.boosts.isEmpty
        var best = TopK(capacity: max(order.maxCount, Diversifier.maxChosen))
        var logits = [Float](repeating: 0, count: candidates.count)
        var probabilities = logits
        for row in list.rows {
            let logit = parts[row.candidate].logit(preference: row.logit)
            logits[row.candidate] = logit
            probabilities[row.candidate] =
                isPlain ? row.probability : Exponential.logistic(logit)
            best.offer(key: TopK.key(logit), index: Int32(row.candidate))
        }
        let sorted = best.sorted().map { Int($0.index) }
        ranked = sorted
        items.rows = sorted.map {
            FoundItems.Row(
                row: candidates.rows[$0], logit: logits[$0], probability: probabilities[$0],
                sources: sources[$0])
        }
        step = .diversify(
            Diversifier(
                items.rows.map(\.row), logits: items.rows.map(\.logit), strength: order.diversity,
                table: table))
    }

    private mutating func take(_ places: [Int]) {
        ranked = places.prefix(order.maxCount).map { ranked[$0] }
        items.rows = places.prefix(order.maxCount).map { items.rows[$0] }
        step = order.explain > 0 && !ranked.isEmpty ? .explain : .done
    }

    // MARK: Explaining

    private mutating func explain() {
        var made = explanation.take() ?? FoundExplanation()
        let end = min(order.explain, ranked.count, made.rowCount + Self.explainedPerPiece)
        made.append(
            Array(ranked[made.rowCount..<end]), of: candidates, parts: parts, by: ranker,
            subject: subject, table: table)
        if made.rowCount < min(order.explain, ranked.count) {
            step = .explain
        } else {
            items.explanation = made.explanation
        }
        explanation = made
    }
}
