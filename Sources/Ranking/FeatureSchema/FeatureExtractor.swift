// From a subject and a candidate to the numbers a head reads. What depends on the subject alone is
// in `PreparedSubject`. A known candidate then costs its columns and one pass over its vector: no
// allocation, no strings.

private import Inference
public import Store

/// Computes the features of candidates for one subject. A value with scratch memory of its own: one
/// request, one thread at a time.
public struct FeatureExtractor: Sendable {
    /// In fewer candidates, texts repeat too seldom to look for them.
    private static let minCandidatesToShare = 64

    private let table: ItemTable
    private let inline: [EncodedItem]
    private let subject: PreparedSubject
    /// Items with one text share a vector row, and its similarities.
    private var measured: CodeTable<VectorProbes.Similarities>?
    /// Whether there is `measured`: asked without copying it.
    private let sharesVectors: Bool

    public init(subject: Subject, table: ItemTable, candidates: CandidateList) {
        self.table = table
        inline = candidates.inline
        // The encoder's dimension: the table's, or that of the inline items where it is empty.
        let dimension =
            table.vectors.rowCount > 0
            ? table.vectors.dimension
            : candidates.inline.lazy.compactMap(\.vector).first?.dimension ?? 0
        self.subject = subject.prepared(for: table, dimension: dimension)
        sharesVectors = candidates.count >= Self.minCandidatesToShare
        if sharesVectors {
            measured = CodeTable(capacity: min(candidates.count, table.vectors.rowCount))
        }
    }

    /// - Parameter row: as in `CandidateList.rows`.
    public mutating func features(of row: Int32) -> FeatureVector {
        row >= 0 ? features(ofTableRow: Int(row)) : features(ofInline: inline[Int(~row)])
    }

    private mutating func features(ofTableRow row: Int) -> FeatureVector {
        let similarity = similarity(ofVectorRow: table.vectorRows[row])
        return FeatureVector(
            interestSimilarity: InterestSimilarity.value(cosine: similarity.first),
            nearestItemSimilarity: NearestItemSimilarity.value(largestCosine: similarity.nearest),
            categoryAffinity: CategoryAffinity.value(
                subject.categories.value(code: table.categoryCodes[row])),
            brandAffinity: BrandAffinity.value(subject.brands.value(code: table.brandCodes[row])),
            priceFit: priceFit(table.logPrices[row]),
            popularity: Popularity.value(table.popularity[row]))
    }

    private func features(ofInline item: EncodedItem) -> FeatureVector {
        var similarity = VectorProbes.Similarities()
        if let vector = item.vector, vector.dimension == subject.probes.dimension {
            similarity = subject.probes.similarities(to: vector)
        }
        return FeatureVector(
            interestSimilarity: InterestSimilarity.value(cosine: similarity.first),
            nearestItemSimilarity: NearestItemSimilarity.value(largestCosine: similarity.nearest),
            categoryAffinity: CategoryAffinity.value(subject.categories.value(name: item.category)),
            brandAffinity: BrandAffinity.value(subject.brands.value(name: item.brand)),
            priceFit: priceFit(item.logPrice), popularity: Popularity.feature.missing)
    }

    private func priceFit(_ logPrice: Float) -> Float {
        PriceFit.value(
            logPrice: logPrice, mean: subject.logPriceMean, deviation: subject.logPriceDeviation)
    }

    private mutating func similarity(ofVectorRow row: Int32) -> VectorProbes.Similarities {
        guard row >= 0 else { return VectorProbes.Similarities() }
        if sharesVectors, let known = measured?[row] { return known }
        let similarity = subject.probes.similarities(toRow: Int(row), of: table.vectors)
        if sharesVectors { measured?.insert(row, similarity) }
        return similarity
    }
}
