// The response model for one request. What is of the user alone is summed once for each kind of
// campaign, what is of user and campaign once for each campaign, the rest for each ad: two table
// look-ups, a few products and one pass over its vector.

public import Inference
public import Ranking
public import Store

/// Scores ads for one user at one moment. A value with scratch memory of its own: one request, one
/// thread at a time.
public struct AdScorer: Sendable {
    private let scoring: AdScoring
    private let subject: AdSubject
    private let creatives: ItemTable
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
        creatives = scoring.index.table.creatives
        self.subject = AdSubject(subject, moment, creatives: creatives)
        kindSums = Array(repeating: Self.unknown, count: scoring.index.kindHashes.count)
        campaignSums = Array(repeating: Self.unknown, count: scoring.index.campaigns.count)
        pairSums = Array(repeating: Self.unknown, count: creatives.categories.count)
    }

    /// Logits of a click and of a conversion, given that the ad is shown.
    public mutating func logits(row: Int) -> AdModel.Pair {
        let campaign = Int(scoring.index.campaignCodes[row])
        let kind = Int(scoring.index.kinds[campaign])
        var sum = scoring.rowSums[row] + campaignSum(campaign, kind)
        let values = subject.values(ofRow: row, creatives)
        let start = kind * Self.featureCount
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
        let category = Int(creatives.categoryCodes[row])
        if category >= 0 { sum += pairSum(category) }
        return sum
    }

    /// The same of an ad that is described in the request.
    public func logits(of ad: Ad, vector: Int8Vector?) -> AdModel.Pair {
        scoring.model.logits(
            ResponseTerms(subject, index: scoring.index).terms(of: ad, vector: vector))
    }

    private mutating func campaignSum(_ campaign: Int, _ kind: Int) -> AdModel.Pair {
        let known = campaignSums[campaign]
        if known.x == known.x { return known }
        if kindSums[kind].x != kindSums[kind].x {
            let hash = scoring.index.kindHashes[kind]
            var sum = AdModel.Pair.zero
            for term in subject.terms {
                let resolved = term.resolved(kind: hash)
                sum += scoring.model.weight(resolved) * resolved.value
            }
            kindSums[kind] = sum
        }
        let (share, rate) = subject.campaignValues(
            scoring.index.campaignCategories[campaign])
        var sum = kindSums[kind]
        let start = kind * Self.featureCount
        if let share, let rate {
            sum += scoring.crossWeights[start] * share
            sum += scoring.crossWeights[start + 1] * rate
        } else {
            sum += scoring.missingWeights[start] + scoring.missingWeights[start + 1]
        }
        campaignSums[campaign] = sum
        return sum
    }

    private mutating func pairSum(_ category: Int) -> AdModel.Pair {
        let known = pairSums[category]
        if known.x == known.x { return known }
        var sum = AdModel.Pair.zero
        for term in subject.pairs(categoryHash: scoring.index.categoryHashes[category]) {
            sum += scoring.model.weight(term) * term.value
        }
        pairSums[category] = sum
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
        explain(
            ResponseTerms(subject, index: scoring.index).terms(of: .ad(row: row)), outcome,
            &explanation)
    }

    public func explain(
        _ ad: Ad, vector: Int8Vector?, _ outcome: AdOutcome, in explanation: inout Explanation
    ) {
        explain(
            ResponseTerms(subject, index: scoring.index).terms(of: ad, vector: vector), outcome,
            &explanation)
    }

    /// A number is its value; of names the value says how many there are; 0 is missing or none.
    private func explain(
        _ terms: [AdTerm], _ outcome: AdOutcome, _ explanation: inout Explanation
    ) {
        var values = [Float](repeating: 0, count: AdFeature.count)
        var contributions = values
        for term in terms {
            if !term.isMissing { values[term.feature.rawValue] += term.value }
            contributions[term.feature.rawValue] +=
                scoring.model.weight(term)[outcome.rawValue] * term.value
        }
        explanation.append(values: values, contributions: contributions)
    }
}
