// The arithmetic of a profile over events that arrive in order of time; see `Decay` for how older
// ones come to count less.

internal import Inference

/// Takes distinct events sorted as `Event.precedes` says; memory does not grow with their number but
/// with the distinct categories and brands among them.
public struct ProfileAccumulator: Sendable {
    /// Entries kept of a profile's affinities.
    static let maxAffinities = 64
    private static let maxPriceBands = 16
    private static let dayNanoseconds: Int64 = 86_400 * 1_000_000_000

    private let maxRecentItems: Int
    private var interest = DecayedVector(halfLifeDays: EventWeight.halfLifeDays)
    private var shortTermInterest = DecayedVector(halfLifeDays: EventWeight.shortTermHalfLifeDays)
    private var longTermInterest = DecayedVector(halfLifeDays: EventWeight.longTermHalfLifeDays)
    private var purchaseInterest = DecayedVector(halfLifeDays: EventWeight.purchaseHalfLifeDays)
    private var decay = Decay(halfLifeDays: EventWeight.halfLifeDays)
    private var categories = DecayedShares()
    private var brands = DecayedShares()
    private var priceBands = DecayedShares()
    private var prices = DecayedMoments()
    private var recent: [Profile.RecentItem] = []
    private var searches: [Profile.Search] = []
    private var purchases = PurchaseCounter()
    /// Oldest first.
    private var adImpressions: [Profile.AdImpression] = []
    private var rfm = Profile.RFM()
    private var offerUse = Profile.OfferUse()
    private var activity = ActivityCounter()
    private var hasCurrency = false
    private var eventCount: Int64 = 0
    private var lastNanoseconds: Int64?

    public init(maxRecentItems: Int) { self.maxRecentItems = maxRecentItems }

    public mutating func add(_ enriched: EnrichedEvent) {
        let event = enriched.event
        eventCount += 1
        lastNanoseconds = event.unixNanoseconds
        let paidMicros = event.type == .purchase ? addPurchase(event) : 0
        if event.type == .purchase { purchases.add(enriched) }
        if event.type == .redemption {
            offerUse.lastRedemptionUnixNanoseconds = event.unixNanoseconds
        }
        activity.add(event, paidMicros: paidMicros)
        addText(enriched)
        if event.type == .impression { addAdImpression(event) }
        let base = EventWeight.of(event)
        guard base > 0 else { return }
        if let vector = enriched.vector { addInterest(vector, weight: base, of: event) }
        let weight = base * growth(at: event.unixNanoseconds)
        categories.add(enriched.category, weight: weight)
        brands.add(enriched.brand, weight: weight)
        addPrice(enriched, weight: weight)
        remember(enriched)
    }

    public func profile(attributes: [String: String]) -> Profile {
        var profile = Profile()
        profile.interest = interest.unit
        profile.shortTermInterest = shortTermInterest.unit
        profile.longTermInterest = longTermInterest.unit
        profile.purchaseInterest = purchaseInterest.unit
        profile.recentItems = recent.reversed()
        profile.searches = searches.reversed()
        profile.adImpressions = adImpressions.reversed()
        profile.categoryAffinity = categories.largest(Self.maxAffinities)
        profile.brandAffinity = brands.largest(Self.maxAffinities)
        profile.priceBandAffinity = priceBands.largest(Self.maxPriceBands)
        if let (mean, deviation) = prices.meanAndDeviation {
            profile.logPriceMean = mean
            profile.logPriceDeviation = deviation
        }
        profile.boughtItems = purchases.largestItems
        profile.rfm = rfm
        profile.offerUse = offerUse
        profile.activity = activity.bounded
        profile.eventCount = eventCount
        profile.lastEventUnixNanoseconds = lastNanoseconds
        profile.attributes = attributes
        profile.fit()
        profile.boughtCategories = purchases.records(of: profile.categoryAffinity.keys)
        profile.interests = InterestGroups.find(
            among: profile.recentItems, halfLifeDays: EventWeight.halfLifeDays)
        return profile
    }

    /// Words count toward the interest; what was searched for is remembered.
    private mutating func addText(_ enriched: EnrichedEvent) {
        let event = enriched.event
        let base = EventWeight.ofText(event)
        if base > 0, let vector = enriched.textVector {
            addInterest(vector, weight: base, of: event)
        }
        guard event.type == .search, !event.encoderText.isEmpty else { return }
        if searches.count == Profile.Search.maxCount { searches.removeFirst() }
        searches.append(
            Profile.Search(text: event.encoderText, unixNanoseconds: event.unixNanoseconds))
    }

    private mutating func addAdImpression(_ event: Event) {
        guard let campaign = event.attributes[Profile.AdImpression.attribute], !campaign.isEmpty,
            campaign.utf8.count <= Profile.AdImpression.maxCampaignBytes
        else { return }
        if adImpressions.count == Profile.AdImpression.maxCount { adImpressions.removeFirst() }
        adImpressions.append(
            Profile.AdImpression(campaignId: campaign, unixNanoseconds: event.unixNanoseconds))
    }

    /// A price in the currency of the purchases, in its band.
    private mutating func addPrice(_ enriched: EnrichedEvent, weight: Double) {
        guard let price = price(of: enriched),
            !hasCurrency || price.currencyCode == rfm.currencyCode
        else { return }
        if let band = PriceBand.label(of: price) { priceBands.add(band, weight: weight) }
        if enriched.event.type == .purchase, let logarithm = price.naturalLogarithm {
            prices.add(Double(logarithm), weight: weight)
        }
    }

    /// What was paid for a unit, else the catalogue's price.
    private func price(of enriched: EnrichedEvent) -> Money? {
        let event = enriched.event
        if event.type == .purchase, let value = event.value, event.quantity > 0 {
            return Money(
                micros: value.micros / Int64(event.quantity), currencyCode: value.currencyCode)
        }
        return enriched.unitPrice
    }

    /// How much an event at a time weighs more than one at the start.
    private mutating func growth(at nanoseconds: Int64) -> Double {
        let (growth, rescale) = decay.weight(at: nanoseconds)
        if let rescale {
            categories.scale(by: rescale)
            brands.scale(by: rescale)
            priceBands.scale(by: rescale)
            prices.scale(by: rescale)
        }
        return growth
    }

    private mutating func addInterest(_ vector: Int8Vector, weight: Double, of event: Event) {
        let time = event.unixNanoseconds
        interest.add(vector, weight: weight, at: time)
        shortTermInterest.add(vector, weight: weight, at: time)
        longTermInterest.add(vector, weight: weight, at: time)
        if event.type == .purchase { purchaseInterest.add(vector, weight: weight, at: time) }
    }

    /// - Returns: what was added to the spend, in micros.
    private mutating func addPurchase(_ event: Event) -> Int64 {
        let time = event.unixNanoseconds
        let day = time.quotientAndFloor(Self.dayNanoseconds).quotient
        let lastDay = rfm.lastPurchaseUnixNanoseconds?.quotientAndFloor(Self.dayNanoseconds)
        if lastDay?.quotient != day { rfm.purchaseDayCount += 1 }
        rfm.purchaseCount += 1
        if event.attributes[Profile.OfferUse.couponAttribute] != nil {
            offerUse.couponPurchaseCount += 1
        }
        rfm.firstPurchaseUnixNanoseconds = rfm.firstPurchaseUnixNanoseconds ?? time
        rfm.lastPurchaseUnixNanoseconds = time
        guard let value = event.value else { return 0 }
        if !hasCurrency {
            hasCurrency = true
            rfm.currencyCode = value.currencyCode
        }
        guard value.currencyCode == rfm.currencyCode else { return 0 }
        let (sum, overflow) = rfm.totalMicros.addingReportingOverflow(value.micros)
        guard !overflow else { return 0 }
        rfm.totalMicros = sum
        rfm.paidCount += 1
        return value.micros
    }

    /// `recent` is oldest first here; the item's earlier entry moves to the end.
    private mutating func remember(_ enriched: EnrichedEvent) {
        let event = enriched.event
        if event.itemId.isEmpty { return }
        if let earlier = recent.lastIndex(where: { $0.itemId == event.itemId }) {
            recent.remove(at: earlier)
        } else if recent.count == maxRecentItems, !recent.isEmpty {
            recent.removeFirst()
        }
        guard maxRecentItems > 0 else { return }
        recent.append(
            Profile.RecentItem(
                itemId: event.itemId, unixNanoseconds: event.unixNanoseconds,
                vector: enriched.vector))
    }
}
