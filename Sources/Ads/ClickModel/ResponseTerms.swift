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
        let campaign = Int(index.campaign(of: target))
        let kind = index.kindHashes[Int(index.kinds[campaign])]
        let rows: [Int32] =
            switch target {
            case .ad(let row): [Int32(row)]
            case .campaign: index.campaignRows[campaign]
            }
        var cross = CrossValues()
        (cross.categoryShare, cross.categoryRate) = subject.campaignValues(
            index.campaignCategories[campaign])
        for row in rows { cross.take(subject.values(ofRow: Int(row), index.table.creatives)) }
        if case .campaign = target { cross.priceFit = nil }
        return subject.terms.map { $0.resolved(kind: kind) } + index.terms(of: target)
            + cross.terms(kind: kind) + pairs(of: target)
    }

    /// Of an ad that is described in the request.
    func terms(of ad: Ad, vector: Int8Vector?) -> [AdTerm] {
        let kind =
            ad.creative.attributes[AdFeature.kindAttribute].map { AdSlots.hash($0) } ?? 0
        var names = AdIndex.names(of: ad)
        if !ad.campaignId.isEmpty { names.append((.campaign, AdSlots.hash(ad.campaignId))) }
        if kind != 0 { names.append((.campaignKind, kind)) }
        var cross = CrossValues()
        if let campaign = index.campaigns.code(of: ad.campaignId) {
            (cross.categoryShare, cross.categoryRate) = subject.campaignValues(
                index.campaignCategories[Int(campaign)])
        }
        cross.take(subject.values(of: ad.creative, vector: vector))
        let category = ad.creative.category
        return subject.terms.map { $0.resolved(kind: kind) }
            + names.map { feature, level in
                AdTerm(feature: feature, slot: AdSlots.slot(feature, level: level), value: 1)
            } + cross.terms(kind: kind)
            + (category.isEmpty ? [] : subject.pairs(categoryHash: AdSlots.hash(category)))
    }

    private func pairs(of target: AdTarget) -> [AdTerm] {
        guard case .ad(let row) = target else { return [] }
        let category = index.table.creatives.categoryCodes[row]
        return category < 0
            ? [] : subject.pairs(categoryHash: index.categoryHashes[Int(category)])
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

    private var all: [Float?] {
        [categoryShare, categoryRate, interest, nearestInterest, category, brand, priceFit]
    }

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

    func terms(kind: UInt64) -> [AdTerm] {
        zip(Self.features, all).map { feature, value in
            UserTerm(
                feature: feature, level: value == nil ? AdSlots.missing : AdSlots.number,
                value: value ?? 1
            ).resolved(kind: kind)
        }
    }
}

extension AdSubject {
    /// Of what the user deals with, the part that is in a campaign's categories.
    func campaignValues(_ categories: [Int32]) -> (share: Float?, rate: Float?) {
        guard knowsCategories else { return (nil, nil) }
        var share: Float = 0
        for code in categories { share += categoryShares[Int(code)] }
        let rate = Double(share) * purchaseRate
        return (
            LogScale.categoryShare.value(Double(share)), LogScale.categoryRate.value(rate)
        )
    }

    func values(ofRow row: Int, _ creatives: ItemTable) -> CrossValues {
        var values = CrossValues()
        let vectorRow = creatives.vectorRows[row]
        if vectorRow >= 0, probes.count > 0 {
            let similarity = probes.similarities(toRow: Int(vectorRow), of: creatives.vectors)
            values.interest = similarity.first
            values.nearestInterest = similarity.nearest
        }
        let (category, brand) = (creatives.categoryCodes[row], creatives.brandCodes[row])
        if knowsCategories, category >= 0 { values.category = categoryAffinities[Int(category)] }
        if knowsBrands, brand >= 0 { values.brand = brandAffinities[Int(brand)] }
        values.priceFit = priceFit(creatives.logPrices[row])
        return values
    }

    func values(of creative: Item, vector: Int8Vector?) -> CrossValues {
        var values = CrossValues()
        if let vector, vector.dimension == probes.dimension, probes.count > 0 {
            let similarity = probes.similarities(to: vector)
            values.interest = similarity.first
            values.nearestInterest = similarity.nearest
        }
        if knowsCategories, !creative.category.isEmpty {
            values.category = categoryAffinity(creative.category)
        }
        if knowsBrands, !creative.brand.isEmpty { values.brand = brandAffinity(creative.brand) }
        values.priceFit = creative.price?.naturalLogarithm.flatMap(priceFit)
        return values
    }

    private func priceFit(_ logPrice: Float) -> Float? {
        guard logPrice.isFinite, let logPriceMean else { return nil }
        return PriceFit.value(
            logPrice: logPrice, mean: logPriceMean, deviation: logPriceDeviation)
    }

    func pairs(categoryHash: UInt64) -> [AdTerm] {
        topCategories.map { hash, affinity in
            AdTerm(
                feature: .categoryPair,
                slot: AdSlots.slot(.categoryPair, level: AdSlots.pair(hash, categoryHash)),
                value: affinity)
        }
    }
}
