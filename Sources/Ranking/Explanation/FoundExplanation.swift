internal import Store

/// The explanation of found items: the head's terms, weighted as the head counts, and the terms of query
/// and boosts. Made a few rows at a time, by ranking those rows once more.
struct FoundExplanation: Sendable {
    private var names: [String] = []
    private var bias: Float = 0
    private var values: [Float] = []
    private var contributions: [Float] = []
    private var reasons: [ItemReasons] = []
    private(set) var rowCount = 0

    /// - Parameters:
    ///   - rows: places in `candidates`, in the order they are returned.
    ///   - parts: of all candidates.
    mutating func append(
        _ rows: [Int], of candidates: CandidateList, parts: [LogitParts], by ranker: Ranker,
        subject: Subject, table: ItemTable
    ) {
        var list = CandidateList()
        for (position, row) in rows.enumerated() {
            list.append(row: Int(candidates.rows[row]), requestIndex: position)
        }
        let ranked = ranker.rank(
            subject, table: table, candidates: list, limit: 0, explain: rows.count)
        guard let heads = ranked.explanation else { return }
        var places = [Int](repeating: 0, count: rows.count)
        for (place, row) in ranked.rows.enumerated() { places[row.candidate] = place }
        for (position, row) in rows.enumerated() {
            add(parts[row], heads, row: places[position])
        }
    }

    var explanation: Explanation {
        var explanation = Explanation(
            featureNames: names, bias: bias, values: values, contributions: contributions,
            rowCount: rowCount)
        explanation.reasons = reasons
        return explanation
    }

    private mutating func add(_ parts: LogitParts, _ head: Explanation, row: Int) {
        let weight = parts.relevance == nil ? 1 : QueryRelevance.preferenceWeight
        if rowCount == 0 {
            names = head.featureNames
            if parts.relevance != nil { names += QueryRelevance.featureNames }
            if parts.boost != nil { names.append("boost") }
            bias = weight * head.bias + (parts.relevance == nil ? 0 : QueryRelevance.bias)
        }
        if row < head.reasons.count { reasons.append(head.reasons[row]) }
        let count = head.featureNames.count
        values += head.values[row * count..<(row + 1) * count]
        contributions += head.contributions[row * count..<(row + 1) * count].map { weight * $0 }
        if let relevance = parts.relevance {
            values += relevance.values
            contributions += relevance.contributions
        }
        if let boost = parts.boost {
            values.append(boost)
            contributions.append(boost)
        }
        rowCount += 1
    }
}
