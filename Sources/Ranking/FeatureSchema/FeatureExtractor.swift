// From a subject and a candidate to the numbers a head reads. What depends on the subject alone is
// in `PreparedSubject`. A known candidate then costs its columns and one pass over its vector: no
// allocation, no strings.

internal import Inference
public import Store

/// Computes the features of candidates for one subject. A value with scratch memory of its own: one
/// request, one thread at a time.
public struct FeatureExtractor: Sendable {
    /// Similarities of some candidates.
    typealias Measured = InlineArray<16, VectorProbes.Similarities>
    /// How many candidates are measured at a time.
    static let measuredCount = 16
    /// In fewer candidates, texts repeat too seldom to look for them.
    private static let minCandidatesToShare = 64

    /// A class, so that who passes the extractor on counts one reference.
    let sources: FeatureSources
    /// Items with one text share a vector row, and its similarities.
    private var known: CodeTable<VectorProbes.Similarities>?
    /// Whether there is `known`: asked without copying it.
    private let sharesVectors: Bool

    /// - Parameter statistics: for heads that read more than `FeatureSchema.base`.
    public init(
        subject: Subject, table: ItemTable, candidates: CandidateList,
        statistics: BoundStatistics? = nil
    ) {
        sources = FeatureSources(
            subject: subject, table: table, candidates: candidates, statistics: statistics)
        sharesVectors = candidates.count >= Self.minCandidatesToShare
        if sharesVectors {
            known = CodeTable(capacity: min(candidates.count, table.vectors.rowCount))
        }
    }

    /// - Parameter row: as in `CandidateList.rows`.
    public mutating func features(of row: Int32) -> FeatureVector {
        sources.features(of: row, measure(InlineArray<1, Int32>(repeating: row).span)[0])
    }

    /// Compares some candidates with what the user dealt with, `measuredCount` at most.
    /// - Parameter rows: as in `CandidateList.rows`.
    mutating func measure(_ rows: Span<Int32>) -> Measured {
        var result = Measured(repeating: VectorProbes.Similarities())
        var places = InlineArray<16, Int8>(repeating: 0)
        var vectorRows = InlineArray<16, Int32>(repeating: -1)
        var count = 0
        for place in rows.indices {
            let vectorRow = sources.vectorRow(of: rows[place])
            if vectorRow < 0 {
                if rows[place] < 0 { result[place] = sources.similarities(inline: rows[place]) }
            } else if sharesVectors, let similarities = known?[vectorRow] {
                result[place] = similarities
            } else {
                (places[count], vectorRows[count]) = (Int8(place), vectorRow)
                count += 1
            }
        }
        guard count > 0 else { return result }
        var found = Measured(repeating: VectorProbes.Similarities())
        sources.compare(vectorRows, count, into: &found)
        for index in 0..<count {
            result[Int(places[index])] = found[index]
            if sharesVectors { known?.insert(vectorRows[index], found[index]) }
        }
        return result
    }
}
