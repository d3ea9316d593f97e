// From a subject and a candidate to the numbers a head reads. All that depends on the subject alone
// is prepared once: affinities by the table's codes, vectors widened for comparison. A known
// candidate then costs its columns and one pass over its vector: no allocation, no strings.

private import Inference
public import Store

/// Computes the features of candidates for one subject. A value with scratch memory of its own: one
/// request, one thread at a time.
public struct FeatureExtractor: Sendable {
    private struct Similarity {
        var interest: Float?
        var nearest: Float?
    }

    private let table: ItemTable
    private let inline: [EncodedItem]
    private let categories: Affinity
    private let brands: Affinity
    private let logPriceMean: Float?
    private let logPriceDeviation: Float
    private let hasInterest: Bool
    /// The interest first, where there is one, then what the subject dealt with.
    private var probes: VectorProbes
    /// Items with one text share a vector row, and its similarities.
    private var measured: CodeTable<Similarity>

    public init(subject: Subject, table: ItemTable, candidates: CandidateList) {
        self.table = table
        inline = candidates.inline
        let profile = subject.profile
        categories = Affinity(shares: profile.categoryAffinity, codeOf: table.categories.code)
        brands = Affinity(shares: profile.brandAffinity, codeOf: table.brands.code)
        logPriceMean = profile.logPriceMean
        logPriceDeviation = profile.logPriceDeviation
        // The encoder's dimension: the table's, or that of the inline items where it is empty.
        let dimension =
            table.vectors.rowCount > 0
            ? table.vectors.dimension
            : candidates.inline.lazy.compactMap(\.vector).first?.dimension ?? 0
        let interest = subject.interest(dimension: dimension)
        hasInterest = interest != nil
        probes = VectorProbes(
            dimension: dimension,
            vectors: (interest.map { [$0] } ?? []) + subject.recentVectors(dimension: dimension))
        measured = CodeTable(capacity: min(candidates.count, table.vectors.rowCount))
    }

    /// - Parameter row: as in `CandidateList.rows`.
    public mutating func features(of row: Int32) -> FeatureVector {
        row >= 0 ? features(ofTableRow: Int(row)) : features(ofInline: inline[Int(~row)])
    }

    private mutating func features(ofTableRow row: Int) -> FeatureVector {
        let similarity = similarity(ofVectorRow: table.vectorRows[row])
        return FeatureVector(
            interestSimilarity: InterestSimilarity.value(cosine: similarity.interest),
            nearestItemSimilarity: NearestItemSimilarity.value(largestCosine: similarity.nearest),
            categoryAffinity: CategoryAffinity.value(
                categories.value(code: table.categoryCodes[row])),
            brandAffinity: BrandAffinity.value(brands.value(code: table.brandCodes[row])),
            priceFit: priceFit(table.logPrices[row]),
            popularity: Popularity.value(table.popularity[row]))
    }

    private mutating func features(ofInline item: EncodedItem) -> FeatureVector {
        var similarity = Similarity()
        if let vector = item.vector, vector.dimension == probes.dimension, probes.count > 0 {
            probes.measure(vector)
            similarity = lastMeasured()
        }
        return FeatureVector(
            interestSimilarity: InterestSimilarity.value(cosine: similarity.interest),
            nearestItemSimilarity: NearestItemSimilarity.value(largestCosine: similarity.nearest),
            categoryAffinity: CategoryAffinity.value(categories.value(name: item.category)),
            brandAffinity: BrandAffinity.value(brands.value(name: item.brand)),
            priceFit: priceFit(item.logPrice), popularity: Popularity.feature.missing)
    }

    private func priceFit(_ logPrice: Float) -> Float {
        PriceFit.value(logPrice: logPrice, mean: logPriceMean, deviation: logPriceDeviation)
    }

    private mutating func similarity(ofVectorRow row: Int32) -> Similarity {
        guard row >= 0, probes.count > 0 else { return Similarity() }
        if let known = measured[row] { return known }
        probes.measure(row: Int(row), of: table.vectors)
        let similarity = lastMeasured()
        measured.insert(row, similarity)
        return similarity
    }

    private func lastMeasured() -> Similarity {
        Similarity(
            interest: hasInterest ? probes.similarities[0] : nil,
            nearest: probes.largestSimilarity(from: hasInterest ? 1 : 0))
    }
}
