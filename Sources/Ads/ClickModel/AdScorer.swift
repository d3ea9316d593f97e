// The response model for one request. What is of the user alone is summed once for each kind of
// campaign, what is of user and campaign once for each campaign, the rest for each ad: its row, a few
// products and one pass over its vector.

public import Inference
public import Ranking
public import Store

/// Scores ads for one user at one moment. A value with scratch memory of its own: one request, one
/// thread at a time.
public struct AdScorer: Sendable {
    private let scoring: AdScoring
    private let subject: AdSubject
    private let vectors: Int8VectorTable
    /// Of the ads being scored.
    private var rows: [AdScoring.Row] = []
    /// Of those with a vector that is compared.
    private var vectorRows: [Int32] = []
    private var similarities: [VectorProbes.Similarities] = []
    /// By kind; NaN until asked for.
    private var kindSums: [AdModel.Pair]
    /// By campaign, its own and the kind's; NaN until asked for.
    private var campaignSums: [AdModel.Pair]
    /// By code of the category; NaN until asked for.
    private var pairSums: [AdModel.Pair]
    private static let unknown = AdModel.Pair(repeating: .nan)
    private static let featureCount = CrossValues.features.count

    public init(_ scoring: AdScoring, _ subject: Subject, _ moment: AdMoment) {
        self.scoring = scoring
        let creatives = scoring.index.table.creatives
        vectors = creatives.vectors
        self.subject = AdSubject(subject, moment, creatives: creatives)
        kindSums = Array(repeating: Self.unknown, count: scoring.index.kindHashes.count)
        campaignSums = Array(repeating: Self.unknown, count: scoring.index.campaigns.count)
        pairSums = Array(repeating: Self.unknown, count: creatives.categories.count)
    }

    /// Logits of a click and of a conversion, given that the ad is shown.
    public mutating func logits(row: Int) -> AdModel.Pair {
        var logits: [AdModel.Pair] = []
        prepare([Int32(row)])
        appendLogits(of: [Int32(row)], to: &logits)
        return logits[0]
    }

    /// Asks for what is stored of some ads, of a negative row nothing: memory is waited for by all of them
    /// before the first is used.
    mutating func prepare(_ ads: [Int32]) {
        let stored = scoring.rows
        rows.removeAll(keepingCapacity: true)
        for ad in ads { rows.append(ad < 0 ? .none : stored[Int(ad)]) }
    }

    /// Appends the logits of the ads that were prepared last; of a row that is negative by now nothing that
    /// counts.
    mutating func appendLogits(of ads: [Int32], to logits: inout [AdModel.Pair]) {
        askForVectors(of: ads)
        for (ad, row) in zip(ads, rows) where ad >= 0 && row.category >= 0 {
            if pairSums[Int(row.category)].x.isNaN {
                pairSums[Int(row.category)] = pairSum(Int(row.category))
            }
        }
        for (ad, row) in zip(ads, rows) where ad >= 0 {
            if campaignSums[Int(row.campaign)].x.isNaN {
                campaignSums[Int(row.campaign)] = campaignSum(Int(row.campaign), Int(row.kind))
            }
        }
        compareVectors()
        var compared = 0
        for (ad, row) in zip(ads, rows) {
            if ad < 0 {
                logits.append(.zero)
            } else if row.vector < 0 || vectorRows.isEmpty {
                logits.append(sum(of: row, VectorProbes.Similarities()))
            } else {
                logits.append(sum(of: row, similarities[compared]))
                compared += 1
            }
        }
    }

    private mutating func askForVectors(of ads: [Int32]) {
        vectorRows.removeAll(keepingCapacity: true)
        guard subject.user.probes.count > 0 else { return }
        for (ad, row) in zip(ads, rows) where ad >= 0 && row.vector >= 0 {
            vectors.prefetch(Int(row.vector))
            vectorRows.append(row.vector)
        }
    }

    private mutating func compareVectors() {
        if vectorRows.isEmpty { return }
        while similarities.count < vectorRows.count { similarities.append(.init()) }
        let (probes, table, asked) = (subject.user.probes, vectors, vectorRows)
        var found = similarities.mutableSpan
        probes.compare(rows: asked.span, of: table, into: &found)
    }

    /// Of a row whose sums are known.
    @inline(__always)
    private func sum(
        of row: AdScoring.Row, _ similarity: VectorProbes.Similarities
    ) -> AdModel.Pair {
        let user = subject.user
        var values = CrossValues()
        (values.interest, values.nearestInterest) = (similarity.first, similarity.nearest)
        let (category, brand) = (Int(row.category), Int(row.brand))
        if user.knowsCategories, category >= 0 {
            values.category = subject.categoryAffinities[category]
        }
        if user.knowsBrands, brand >= 0 { values.brand = subject.brandAffinities[brand] }
        values.priceFit = subject.priceFit(row.logPrice)
        var sum = row.sum + campaignSums[Int(row.campaign)]
        add(values, Int(row.kind) * Self.featureCount, to: &sum)
        return category < 0 ? sum : sum + pairSums[category]
    }

    /// - Parameter start: of the kind's weights.
    @inline(__always)
    private func add(_ values: CrossValues, _ start: Int, to sum: inout AdModel.Pair) {
        func add(_ value: Float?, _ position: Int) {
            if let value {
                sum += scoring.crossWeights[start + position] * value
            } else {
                sum += scoring.missingWeights[start + position]
            }
        }
        add(values.interest, 2)
        add(values.nearestInterest, 3)
        add(values.category, 4)
        add(values.brand, 5)
        add(values.priceFit, 6)
    }

    /// The same of an ad that is described in the request.
    public func logits(of ad: Ad, vector: Int8Vector?) -> AdModel.Pair {
        var sum = scoring.model.bias
        ResponseTerms(subject, index: scoring.index).forEachTerm(of: ad, vector: vector) {
            sum += scoring.model.weight($0) * $0.value
        }
        return sum
    }

    private mutating func campaignSum(_ campaign: Int, _ kind: Int) -> AdModel.Pair {
        if kindSums[kind].x.isNaN {
            let hash = scoring.index.kindHashes[kind]
            var sum = AdModel.Pair.zero
            for term in subject.terms {
                let resolved = term.resolved(kind: hash)
                sum += scoring.model.weight(resolved) * resolved.value
            }
            kindSums[kind] = sum
        }
        let (share, rate) = subject.campaignValues(campaign, scoring.index)
        var sum = kindSums[kind]
        let start = kind * Self.featureCount
        if let share, let rate {
            sum += scoring.crossWeights[start] * share
            sum += scoring.crossWeights[start + 1] * rate
        } else {
            sum += scoring.missingWeights[start] + scoring.missingWeights[start + 1]
        }
        return sum
    }

    private func pairSum(_ category: Int) -> AdModel.Pair {
        var sum = AdModel.Pair.zero
        subject.forEachPair(categoryHash: scoring.index.categoryHashes[category]) {
            sum += scoring.model.weight($0) * $0.value
        }
        return sum
    }

    // MARK: Explanation

    /// An explanation without rows yet.
    public func explanation(of outcome: AdOutcome) -> Explanation {
        Explanation(
            featureNames: AdFeature.names, bias: scoring.model.bias[outcome.rawValue], values: [],
            contributions: [], rowCount: 0)
    }

    public func explain(row: Int, _ outcome: AdOutcome, in explanation: inout Explanation) {
        let terms = ResponseTerms(subject, index: scoring.index)
        explain(outcome, &explanation) { terms.forEachTerm(of: .ad(row: row), $0) }
    }

    public func explain(
        _ ad: Ad, vector: Int8Vector?, _ outcome: AdOutcome, in explanation: inout Explanation
    ) {
        let terms = ResponseTerms(subject, index: scoring.index)
        explain(outcome, &explanation) { terms.forEachTerm(of: ad, vector: vector, $0) }
    }

    /// A number is its value; of names the value says how many there are; 0 is missing or none.
    private func explain(
        _ outcome: AdOutcome, _ explanation: inout Explanation,
        _ forEachTerm: ((AdTerm) -> Void) -> Void
    ) {
        var values = [Float](repeating: 0, count: AdFeature.count)
        var contributions = values
        forEachTerm { term in
            if !term.isMissing { values[term.feature.rawValue] += term.value }
            contributions[term.feature.rawValue] +=
                scoring.model.weight(term)[outcome.rawValue] * term.value
        }
        explanation.append(values: values, contributions: contributions)
    }
}
