// The definition of the response model's input: from a user, a moment and an ad to terms. Training and
// explanations read these; `AdScorer` computes the same sums faster.

internal import Inference
public import Ranking
internal import Store

/// Makes the terms of ads for one user at one moment.
public struct ResponseTerms: Sendable {
    private let index: AdIndex
    private let subject: AdSubject

    public init(_ subject: Subject, _ moment: AdMoment, index: AdIndex) {
        self.index = index
        self.subject = AdSubject(subject, moment, creatives: index.table.creatives)
    }

    init(_ subject: AdSubject, index: AdIndex) {
        self.index = index
        self.subject = subject
    }

    public func terms(of target: AdTarget) -> [AdTerm] {
        var terms: [AdTerm] = []
        terms.reserveCapacity(subject.terms.count + 24)
        forEachTerm(of: target) { terms.append($0) }
        return terms
    }

    func forEachTerm(of target: AdTarget, _ body: (AdTerm) -> Void) {
        let campaign = Int(index.campaign(of: target))
        let kind = index.kindHashes[Int(index.kinds[campaign])]
        for term in subject.terms { body(term.resolved(kind: kind)) }
        index.forEachTerm(of: target, body)
        crossValues(of: target, campaign).forEachTerm(kind: kind, body)
        guard case .ad(let row) = target else { return }
        let category = index.table.creatives.categoryCodes[row]
        if category >= 0 {
            subject.forEachPair(categoryHash: index.categoryHashes[Int(category)], body)
        }
    }

    private func crossValues(of target: AdTarget, _ campaign: Int) -> CrossValues {
        var cross = CrossValues()
        let creatives = index.table.creatives
        if case .ad(let row) = target {
            cross = subject.values(ofRow: row, creatives)
        } else {
            for row in index.campaignRows[campaign] {
                cross.take(subject.values(ofRow: Int(row), creatives))
            }
            cross.priceFit = nil
        }
        (cross.categoryShare, cross.categoryRate) = subject.campaignValues(
            campaign, index)
        return cross
    }

    /// Of an ad that is described in the request.
    func forEachTerm(of ad: Ad, vector: Int8Vector?, _ body: (AdTerm) -> Void) {
        let kind =
            ad.creative.attributes[AdFeature.kindAttribute].map { AdSlots.hash($0) } ?? 0
        var names = AdIndex.names(of: ad)
        if !ad.campaignId.isEmpty { names.append((.campaign, AdSlots.hash(ad.campaignId))) }
        if kind != 0 { names.append((.campaignKind, kind)) }
        var cross = subject.values(of: ad.creative, vector: vector)
        if let campaign = index.campaigns.code(of: ad.campaignId) {
            (cross.categoryShare, cross.categoryRate) = subject.campaignValues(
                Int(campaign), index)
        }
        for term in subject.terms { body(term.resolved(kind: kind)) }
        for (feature, level) in names {
            body(AdTerm(feature: feature, slot: AdSlots.slot(feature, level: level), value: 1))
        }
        cross.forEachTerm(kind: kind, body)
        let category = ad.creative.category
        if !category.isEmpty { subject.forEachPair(categoryHash: AdSlots.hash(category), body) }
    }
}

/// What user and ad make together; nil where one of them does not say.
struct CrossValues: Sendable {
    var categoryShare: Float?
    var categoryRate: Float?
    var interest: Float?
    var nearestInterest: Float?
    var category: Float?
    var brand: Float?
    var priceFit: Float?

    static let features: [AdFeature] = [
        .campaignCategoryShare, .campaignCategoryRate, .interestSimilarity,
        .nearestInterestSimilarity, .categoryAffinity, .brandAffinity, .priceFit,
    ]

    /// Of several ads the largest counts.
    mutating func take(_ other: CrossValues) {
        func larger(_ mine: inout Float?, _ others: Float?) {
            if let others { mine = max(mine ?? others, others) }
        }
        larger(&interest, other.interest)
        larger(&nearestInterest, other.nearestInterest)
        larger(&category, other.category)
        larger(&brand, other.brand)
        larger(&priceFit, other.priceFit)
    }

    /// In the order of `features`.
    func forEachTerm(kind: UInt64, _ body: (AdTerm) -> Void) {
        func add(_ feature: AdFeature, _ value: Float?) {
            body(
                UserTerm(
                    feature: feature, level: value == nil ? AdSlots.missing : AdSlots.number,
                    value: value ?? 1
                ).resolved(kind: kind))
        }
        add(.campaignCategoryShare, categoryShare)
        add(.campaignCategoryRate, categoryRate)
        add(.interestSimilarity, interest)
        add(.nearestInterestSimilarity, nearestInterest)
        add(.categoryAffinity, category)
        add(.brandAffinity, brand)
        add(.priceFit, priceFit)
    }
}

extension AdSubject {
    /// Of what the user deals with, the part that is in a campaign's categories.
    func campaignValues(_ campaign: Int, _ index: AdIndex) -> (share: Float?, rate: Float?) {
        guard user.knowsCategories else { return (nil, nil) }
        let share = Double(index.share(ofCampaign: campaign, categoryShares))
        return (
            LogScale.categoryShare.value(share),
            LogScale.categoryRate.value(share * purchaseRate)
        )
    }

    func values(ofRow row: Int, _ creatives: ItemTable) -> CrossValues {
        var values = CrossValues()
        let vectorRow = creatives.vectorRows[row]
        if vectorRow >= 0, user.probes.count > 0 {
            let similarity = user.probes.similarities(toRow: Int(vectorRow), of: creatives.vectors)
            values.interest = similarity.first
            values.nearestInterest = similarity.nearest
        }
        let (category, brand) = (creatives.categoryCodes[row], creatives.brandCodes[row])
        if user.knowsCategories, category >= 0 {
            values.category = categoryAffinities[Int(category)]
        }
        if user.knowsBrands, brand >= 0 { values.brand = brandAffinities[Int(brand)] }
        values.priceFit = priceFit(creatives.logPrices[row])
        return values
    }

    func values(of creative: Item, vector: Int8Vector?) -> CrossValues {
        var values = CrossValues()
        let probes = user.probes
        if let vector, vector.dimension == probes.dimension, probes.count > 0 {
            let similarity = probes.similarities(to: vector)
            values.interest = similarity.first
            values.nearestInterest = similarity.nearest
        }
        if user.knowsCategories, !creative.category.isEmpty {
            values.category = categoryAffinity(creative.category)
        }
        if user.knowsBrands, !creative.brand.isEmpty {
            values.brand = brandAffinity(creative.brand)
        }
        values.priceFit = creative.price?.naturalLogarithm.flatMap(priceFit)
        return values
    }

    func priceFit(_ logPrice: Float) -> Float? {
        guard logPrice.isFinite, let logPriceMean = user.logPriceMean else { return nil }
        return PriceFit.value(
            logPrice: logPrice, mean: logPriceMean, deviation: user.logPriceDeviation)
    }

    func forEachPair(categoryHash: UInt64, _ body: (AdTerm) -> Void) {
        for (hash, affinity) in user.topCategories {
            body(
                AdTerm(
                    feature: .categoryPair,
                    slot: AdSlots.slot(.categoryPair, level: AdSlots.pair(hash, categoryHash)),
                    value: affinity))
        }
    }
}
