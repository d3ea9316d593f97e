// Candidates of one request, from all sources that apply. It goes in pieces of some hundred microseconds,
// so that a large catalogue keeps no worker from who is in more of a hurry. Rows are those of the index's
// table until the end, when they become those of the catalogue.

internal import Base
public import Inference
internal import Store

/// What candidates are looked for with.
public struct CandidateQuery: Sendable {
    public var sources: CandidateSources
    public var rules: ItemRules
    /// What the rules on past items go by; nil where they do not apply.
    public var past: UserPast?
    /// Empty for none.
    public var words = ""
    /// Of `words`.
    public var meaning: Int8Vector?

    public init(sources: CandidateSources, rules: ItemRules, past: UserPast? = nil) {
        self.sources = sources
        self.rules = rules
        self.past = past
    }
}

/// The search under way. May move between threads, never run on two.
struct CandidateSearch: Sendable {
    /// Rows that rules are held against in one piece.
    private static let rowsPerRulePiece = 16_384
    /// Rows that are scanned in one piece: six megabytes of 384 values.
    private static let rowsPerScanPiece = 16_384
    private static let maxPopular = 256
    private static let maxNeighbours = 256
    /// Items bought most whose neighbours are candidates, beside those of the latest items.
    private static let maxBoughtForNeighbours = 32
    private static let maxByWords = 1_024
    private static let textsPerInterest = 64
    private static let itemsPerInterest = 128
    private static let textsPerQuery = 384
    private static let itemsPerQuery = 1_024
    /// Items of one text that are taken.
    private static let itemsPerText = 8

    private enum Step {
        case rules(nextRow: Int)
        case vectors
        case scan(VectorScan)
        case words, rest, done
    }

    private let query: CandidateQuery
    private let index: CandidateIndex
    private let subject: Subject
    private let filters: [PreparedFilter]
    private var step: Step
    /// Rows that may be found; nil for all.
    private var allowed: RowBits?
    private var allowedVectors: RowBits?
    private(set) var found = FoundCandidates()

    init(_ query: CandidateQuery, for subject: Subject, index: CandidateIndex) {
        self.query = query
        self.index = index
        self.subject = subject
        filters = query.rules.filters.map { PreparedFilter($0, for: index.table) }
        if Self.restricts(query) {
            let onlyViewed = query.past != nil && query.rules.pastItems == .viewedNotBought
            allowed = RowBits(rowCount: index.table.count, isFull: !onlyViewed)
        }
        step = .rules(nextRow: 0)
    }

    private static func restricts(_ query: CandidateQuery) -> Bool {
        !query.rules.filters.isEmpty || !query.rules.excludedIds.isEmpty
            || (query.past != nil && query.rules.pastItems != .all)
    }

    var isDone: Bool {
        if case .done = step { return true }
        return false
    }

    /// One piece.
    mutating func advance() {
        switch step {
        case .rules(let nextRow): applyRules(from: nextRow)
        case .vectors: startScan()
        case .scan(var scan):
            // Left here it would be shared with `scan`, and copied.
            step = .done
            scan.advance(maxRows: Self.rowsPerScanPiece)
            step = .scan(scan)
            if scan.isDone { finish(scan) }
        case .words: findWords()
        case .rest: findTheRest()
        case .done: break
        }
    }

    // MARK: Rules

    private mutating func applyRules(from nextRow: Int) {
        guard allowed != nil else {
            step = .vectors
            return
        }
        if nextRow == 0 { applyLists() }
        let end = min(index.table.count, nextRow + Self.rowsPerRulePiece)
        if !filters.isEmpty, var rows = allowed.take() {
            for row in nextRow..<end where rows.contains(row) {
                if !filters.allSatisfy({ $0.matches(row) }) { rows.remove(row) }
            }
            allowed = rows
        }
        step = end == index.table.count || filters.isEmpty ? .vectors : .rules(nextRow: end)
    }

    private mutating func applyLists() {
        guard var rows = allowed.take() else { return }
        let table = index.table
        if let past = query.past {
            switch query.rules.pastItems {
            case .all: break
            case .notBought: for id in past.bought { table.row(of: id).map { rows.remove($0) } }
            case .viewedNotBought:
                for id in past.viewedNotBought { table.row(of: id).map { rows.insert($0) } }
            }
        }
        for id in query.rules.excludedIds { table.row(of: id).map { rows.remove($0) } }
        allowed = rows
    }

    // MARK: Vectors

    private mutating func startScan() {
        let vectors = index.table.vectors
        if let allowed {
            var rows = RowBits(rowCount: vectors.rowCount, isFull: false)
            for row in 0..<index.table.count where allowed.contains(row) {
                let vector = index.table.vectorRows[row]
                if vector >= 0 { rows.insert(Int(vector)) }
            }
            allowedVectors = rows
        }
        var queries = query.sources.contains(.interests) ? interests(vectors.dimension) : []
        if let meaning = scannedMeaning { queries.append(meaning) }
        step =
            queries.isEmpty
            ? .words
            : .scan(
                VectorScan(
                    vectors, queries: queries,
                    count: scannedMeaning == nil ? Self.textsPerInterest : Self.textsPerQuery,
                    allowed: allowedVectors))
    }

    /// The query's vector, where it is looked for; the last of what is scanned for.
    private var scannedMeaning: Int8Vector? {
        guard query.sources.contains(.queryMeaning), let meaning = query.meaning,
            meaning.dimension == index.table.vectors.dimension
        else { return nil }
        return meaning
    }

    private func interests(_ dimension: Int) -> [Int8Vector] {
        let profile = subject.profile
        let leaders = profile.interests.prefix(Profile.Interest.maxCount)
            .map { profile.recentItems[$0.leader].vector }
        return ([subject.text, profile.interest, profile.purchaseInterest] + leaders)
            .compactMap { $0 }.filter { $0.dimension == dimension }.prefix(
                VectorScan.maxQueries - 1
            )
            .map { $0 }
    }

    private mutating func finish(_ scan: VectorScan) {
        var nearest = scan.nearest()
        if scannedMeaning != nil {
            add(nearest.removeLast(), .queryMeaning, maxItems: Self.itemsPerQuery)
        }
        for hits in nearest {
            add(
                hits.prefix(Self.textsPerInterest), .interests, maxItems: Self.itemsPerInterest)
        }
        step = .words
    }

    private mutating func add(
        _ hits: some Sequence<VectorScan.Hit>, _ source: CandidateSources, maxItems: Int
    ) {
        var left = maxItems
        for hit in hits {
            var ofText = 0
            for row in index.items(ofVectorRow: hit.row) where isAllowed(row) {
                if left == 0 || ofText == Self.itemsPerText { break }
                found.add(row, source)
                left -= 1
                ofText += 1
            }
        }
    }

    private func isAllowed(_ row: Int32) -> Bool { allowed?.contains(Int(row)) ?? true }

    // MARK: The rest

    private mutating func findWords() {
        step = .rest
        guard !query.words.isEmpty else { return }
        let matches = index.words.matches(query.words)
        found.words = matches
        guard query.sources.contains(.queryWords) else { return }
        var best = TopK(capacity: Self.maxByWords)
        for row in matches.rows where isAllowed(row) {
            // Of equal matches the more popular: rows say nothing of an item.
            let score = matches.scores[Int(row)] + index.table.popularity[Int(row)] * 1e-4
            best.offer(key: TopK.key(score), index: row)
        }
        for entry in best.sorted() { found.add(entry.index, .queryWords) }
    }

    private mutating func findTheRest() {
        if query.sources.contains(.neighbours) { findNeighbours() }
        if query.sources.contains(.repeatPurchases) {
            addItems(subject.profile.boughtItems.map(\.itemId), .repeatPurchases)
        }
        if query.sources.contains(.viewed), query.rules.pastItems == .viewedNotBought {
            addItems(query.past?.viewedNotBought ?? [], .viewed)
        }
        if query.sources.contains(.popularity) {
            var count = 0
            for row in index.byPopularity where isAllowed(row) {
                found.add(row, .popularity)
                count += 1
                if count == Self.maxPopular { break }
            }
        }
        step = .done
    }

    private mutating func addItems(_ ids: [String], _ source: CandidateSources) {
        for id in ids {
            guard let row = index.table.row(of: id), isAllowed(Int32(row)) else { continue }
            found.add(Int32(row), source)
        }
    }

    /// The latest items and those bought most, each once.
    private var dealtWith: [String] {
        let profile = subject.profile
        var seen: Set<String> = []
        let items =
            profile.recentItems.map(\.itemId)
            + profile.boughtItems.prefix(Self.maxBoughtForNeighbours).map(\.itemId)
        return items.filter { seen.insert($0).inserted }
    }

    /// By the sum of similarities to what the user dealt with.
    private mutating func findNeighbours() {
        let neighbours = index.behaviour.neighbours
        var sums: [Int32: Float] = [:]
        for item in dealtWith {
            guard let number = neighbours.number(of: item) else { continue }
            for neighbour in neighbours.neighbours(of: number) {
                let row = index.neighbourRows[Int(neighbour.number)]
                if row >= 0, isAllowed(row) { sums[row, default: 0] += neighbour.similarity }
            }
        }
        var best = TopK(capacity: Self.maxNeighbours)
        for (row, sum) in sums { best.offer(key: TopK.key(sum), index: row) }
        for entry in best.sorted() { found.add(entry.index, .neighbours) }
    }
}

/// Candidates with all that brought them, in the order they were found first.
struct FoundCandidates: Sendable {
    /// Of the index's table.
    private(set) var rows: [Int32] = []
    private(set) var sources: [CandidateSources] = []
    /// How well items match the query's words; nil without any.
    var words: LexicalMatches?
    private var positions: [Int32: Int] = [:]

    mutating func add(_ row: Int32, _ source: CandidateSources) {
        if let position = positions[row] {
            sources[position].insert(source)
        } else {
            positions[row] = rows.count
            rows.append(row)
            sources.append(source)
        }
    }
}
