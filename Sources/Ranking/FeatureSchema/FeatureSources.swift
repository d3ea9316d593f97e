internal import Inference
internal import Store

/// What the features of a request's candidates are read from. Immutable, any thread.
final class FeatureSources: Sendable {
    private let table: ItemTable
    private let inline: [EncodedItem]
    private let subject: PreparedSubject
    /// What does not depend on the candidate; the rest is missing.
    let shared: FeatureVector
    /// Of the request, days since 1970.
    private let day: Int

    /// - Parameter statistics: for heads that read more than `FeatureSchema.base`.
    init(
        subject: Subject, table: ItemTable, candidates: CandidateList,
        statistics: BoundStatistics?
    ) {
        self.table = table
        inline = candidates.inline
        // The encoder's dimension: the table's, or that of the inline items where it is empty.
        let dimension =
            table.vectors.rowCount > 0
            ? table.vectors.dimension
            : candidates.inline.lazy.compactMap(\.vector).first?.dimension ?? 0
        self.subject = subject.prepared(for: table, dimension: dimension, bound: statistics)
        let time =
            subject.context?.unixNanoseconds
            ?? subject.version.profile.lastEventUnixNanoseconds ?? 0
        day = RequestTraits.day(ofUnixNanoseconds: time)
        var shared = FeatureVector.missing
        if statistics != nil {
            let profile = subject.profile
            UserActivity.fill(&shared, profile, day: day)
            if let context = subject.context { RequestTraits.fill(&shared, context, profile) }
        }
        self.shared = shared
    }

    /// - Parameters:
    ///   - row: as in `CandidateList.rows`.
    ///   - similarities: its own.
    func features(of row: Int32, _ similarities: VectorProbes.Similarities) -> FeatureVector {
        row >= 0
            ? features(ofTableRow: Int(row), similarities)
            : features(ofInline: inline[Int(~row)], similarities)
    }

    private func features(
        ofTableRow row: Int, _ similarities: VectorProbes.Similarities
    ) -> FeatureVector {
        var features = shared
        let (category, brand) = (table.categoryCodes[row], table.brandCodes[row])
        fill(&features, similarities)
        features[2] = CategoryAffinity.value(subject.categories.value(code: category))
        features[3] = BrandAffinity.value(subject.brands.value(code: brand))
        features[4] = priceFit(table.logPrices[row])
        features[5] = Popularity.value(table.popularity[row])
        subject.behaviour?.fill(&features, row: row, category: category, brand: brand, day: day)
        return features
    }

    private func features(
        ofInline item: EncodedItem, _ similarities: VectorProbes.Similarities
    ) -> FeatureVector {
        var features = shared
        fill(&features, similarities)
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

    private func priceFit(_ logPrice: Float) -> Float {
        PriceFit.value(
            logPrice: logPrice, mean: subject.logPriceMean, deviation: subject.logPriceDeviation)
    }

    // MARK: Vectors

    /// -1 for a candidate without one in the table.
    func vectorRow(of row: Int32) -> Int32 { row < 0 ? -1 : table.vectorRows[Int(row)] }

    /// - Parameters:
    ///   - rows: of the table's vectors, the first `count` count.
    ///   - result: as many.
    func compare(
        _ rows: InlineArray<16, Int32>, _ count: Int, into result: inout FeatureExtractor.Measured
    ) {
        let asked = rows.span.extracting(first: count)
        for index in asked.indices { table.vectors.prefetch(Int(asked[index])) }
        var found = result.mutableSpan
        subject.probes.compare(rows: asked, of: table.vectors, into: &found)
    }

    /// Of a candidate of the request; none where its vector is another encoder's.
    func similarities(inline row: Int32) -> VectorProbes.Similarities {
        guard let vector = inline[Int(~row)].vector,
            vector.dimension == subject.probes.dimension
        else { return VectorProbes.Similarities() }
        return subject.probes.similarities(to: vector)
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
}
