// From a subject and a candidate to the numbers a head reads. What depends on the subject alone is
// in `PreparedSubject`. A known candidate then costs its columns and one pass over its vector: no
// allocation, no strings.

internal import Inference
public import Store

/// Computes the features of candidates for one subject. A value with scratch memory of its own: one
/// request, one thread at a time.
public struct FeatureExtractor: Sendable {
    /// In fewer candidates, texts repeat too seldom to look for them.
    private static let minCandidatesToShare = 64

    private let table: ItemTable
    private let inline: [EncodedItem]
    private let subject: PreparedSubject
    /// What does not depend on the candidate; the rest is missing.
    let shared: FeatureVector
    /// Of the request, days since 1970.
    private let day: Int
    /// Items with one text share a vector row, and its similarities.
    private var measured: CodeTable<VectorProbes.Similarities>?
    /// Whether there is `measured`: asked without copying it.
    private let sharesVectors: Bool

    /// - Parameter statistics: for heads that read more than `FeatureSchema.base`.
    public init(
        subject: Subject, table: ItemTable, candidates: CandidateList,
        statistics: BoundStatistics? = nil
    ) {
        self.table = table
        inline = candidates.inline
        // The encoder's dimension: the table's, or that of the inline items where it is empty.
        let dimension =
            table.vectors.rowCount > 0
            ? table.vectors.dimension
            : candidates.inline.lazy.compactMap(\.vector).first?.dimension ?? 0
        self.subject = subject.prepared(for: table, dimension: dimension, bound: statistics)
        let profile = subject.profile
        let time = subject.context?.unixNanoseconds ?? profile.lastEventUnixNanoseconds ?? 0
        day = RequestTraits.day(ofUnixNanoseconds: time)
        var shared = FeatureVector.missing
        if statistics != nil {
            UserActivity.fill(&shared, profile, day: day)
            if let context = subject.context { RequestTraits.fill(&shared, context, profile) }
        }
        self.shared = shared
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
        var features = shared
        let (category, brand) = (table.categoryCodes[row], table.brandCodes[row])
        fill(&features, similarity(ofVectorRow: table.vectorRows[row]))
        features[2] = CategoryAffinity.value(subject.categories.value(code: category))
        features[3] = BrandAffinity.value(subject.brands.value(code: brand))
        features[4] = priceFit(table.logPrices[row])
        features[5] = Popularity.value(table.popularity[row])
        subject.behaviour?.fill(&features, row: row, category: category, brand: brand, day: day)
        return features
    }

    private func features(ofInline item: EncodedItem) -> FeatureVector {
        var features = shared
        if let vector = item.vector, vector.dimension == subject.probes.dimension {
            fill(&features, subject.probes.similarities(to: vector))
        }
        features[2] = CategoryAffinity.value(subject.categories.value(name: item.category))
        features[3] = BrandAffinity.value(subject.brands.value(name: item.brand))
        features[4] = priceFit(item.logPrice)
        subject.behaviour?.fill(
            &features, category: table.categories.code(of: item.category) ?? -1,
            brand: table.brands.code(of: item.brand) ?? -1, ownDays: 0, day: day)
        return features
    }

    private func fill(_ features: inout FeatureVector, _ similarity: VectorProbes.Similarities) {
        features[0] = InterestSimilarity.value(cosine: similarity.first)
        features[1] = NearestItemSimilarity.value(largestCosine: similarity.nearest)
    }

    /// What the user dealt with that speaks for a candidate; see `ItemReasons`.
    func reasons(of row: Int32) -> ItemReasons {
        var reasons = ItemReasons(isNewUser: subject.isNew, isNewItem: row < 0)
        if row >= 0, let behaviour = subject.behaviour {
            let known = behaviour.bound.rows[Int(row)]
            reasons.isNewItem = known < 0
            reasons.boughtItemIds = behaviour.reasons(row: known)
        } else if row >= 0 {
            reasons.isNewItem = table.popularity[Int(row)] == 0
        }
        var products = [Float](repeating: 0, count: subject.probes.count)
        guard self.products(of: row, with: subject.probes, into: &products) else { return reasons }
        reasons.similarItemId = subject.nearestItem(products)
        return reasons
    }

    /// Dot products of a candidate's vector with probes; false where it has none of their dimension.
    /// - Parameter result: a number for each probe.
    func products(of row: Int32, with probes: VectorProbes, into result: inout [Float]) -> Bool {
        if row >= 0 {
            let vectorRow = table.vectorRows[Int(row)]
            guard vectorRow >= 0, probes.dimension == table.vectors.dimension else { return false }
            probes.dots(toRow: Int(vectorRow), of: table.vectors, into: &result)
        } else {
            guard let vector = inline[Int(~row)].vector, vector.dimension == probes.dimension
            else { return false }
            probes.dots(to: vector, into: &result)
        }
        return true
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
