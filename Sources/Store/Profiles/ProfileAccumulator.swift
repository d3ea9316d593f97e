// The arithmetic of a profile over events that arrive in order of time. Decay is written forward:
// an event weighs base * 2^((time - reference) / halfLife), and only the ratio of weights reaches
// the profile, so nothing already summed is touched again until the exponent grows large and
// everything is scaled down once.

internal import Inference

#if canImport(Glibc)
    private import Glibc
#endif

/// Takes distinct events sorted as `Event.precedes` says; memory does not grow with their number but
/// with the distinct categories and brands among them.
struct ProfileAccumulator {
    /// Entries kept of a profile's affinities.
    static let maxAffinities = 64
    /// Halvings between the reference and an event at which sums are scaled back.
    private static let maxExponent = 40.0

    private let maxRecentItems: Int
    private var referenceNanoseconds: Int64?
    private var interest: [Float] = []
    private var categories = DecayedShares()
    private var brands = DecayedShares()
    private var prices = DecayedMoments()
    private var recent: [Profile.RecentItem] = []
    private var searches: [Profile.Search] = []
    private var rfm = Profile.RFM()
    private var hasCurrency = false
    private var eventCount: Int64 = 0
    private var lastNanoseconds: Int64?

    init(maxRecentItems: Int) { self.maxRecentItems = maxRecentItems }

    mutating func add(_ enriched: EnrichedEvent) {
        let event = enriched.event
        eventCount += 1
        lastNanoseconds = event.unixNanoseconds
        if event.type == .purchase { addPurchase(event) }
        addText(enriched)
        let base = EventWeight.of(event)
        guard base > 0 else { return }
        let weight = base * growth(at: event.unixNanoseconds)
        if let vector = enriched.vector { addInterest(vector, weight: weight) }
        categories.add(enriched.category, weight: weight)
        brands.add(enriched.brand, weight: weight)
        if event.type == .purchase { addPrice(enriched, weight: weight) }
        remember(enriched)
    }

    func profile(attributes: [String: String]) -> Profile {
        var profile = Profile()
        profile.interest = unitInterest()
        profile.recentItems = recent.reversed()
        profile.searches = searches.reversed()
        profile.categoryAffinity = categories.largest(Self.maxAffinities)
        profile.brandAffinity = brands.largest(Self.maxAffinities)
        if let (mean, deviation) = prices.meanAndDeviation {
            profile.logPriceMean = mean
            profile.logPriceDeviation = deviation
        }
        profile.rfm = rfm
        profile.eventCount = eventCount
        profile.lastEventUnixNanoseconds = lastNanoseconds
        profile.attributes = attributes
        profile.fit()
        return profile
    }

    /// Words count toward the interest; what was searched for is remembered.
    private mutating func addText(_ enriched: EnrichedEvent) {
        let event = enriched.event
        let base = EventWeight.ofText(event)
        if base > 0, let vector = enriched.textVector {
            addInterest(vector, weight: base * growth(at: event.unixNanoseconds))
        }
        guard event.type == .search, !event.encoderText.isEmpty else { return }
        if searches.count == Profile.Search.maxCount { searches.removeFirst() }
        searches.append(
            Profile.Search(text: event.encoderText, unixNanoseconds: event.unixNanoseconds))
    }

    /// 2^(time since the reference / half-life).
    private mutating func growth(at nanoseconds: Int64) -> Double {
        guard let reference = referenceNanoseconds else {
            referenceNanoseconds = nanoseconds
            return 1
        }
        let age = Double(nanoseconds) - Double(reference)
        let exponent = age / EventWeight.halfLifeNanoseconds
        guard exponent > Self.maxExponent else { return exp2(exponent) }
        let factor = exp2(-exponent)
        for i in interest.indices { interest[i] *= Float(factor) }
        categories.scale(by: factor)
        brands.scale(by: factor)
        prices.scale(by: factor)
        referenceNanoseconds = nanoseconds
        return 1
    }

    /// Vectors of another dimension than the first are left out: an encoder changed in between.
    private mutating func addInterest(_ vector: Int8Vector, weight: Double) {
        if interest.isEmpty { interest = [Float](repeating: 0, count: vector.dimension) }
        guard interest.count == vector.dimension else { return }
        let factor = Float(weight) * vector.scale
        let values = vector.values.span
        var sums = interest.mutableSpan
        for i in values.indices { sums[i] += factor * Float(values[i]) }
    }

    private mutating func addPurchase(_ event: Event) {
        rfm.purchaseCount += 1
        rfm.lastPurchaseUnixNanoseconds = event.unixNanoseconds
        guard let value = event.value else { return }
        if !hasCurrency {
            hasCurrency = true
            rfm.currencyCode = value.currencyCode
        }
        guard value.currencyCode == rfm.currencyCode else { return }
        let (sum, overflow) = rfm.totalMicros.addingReportingOverflow(value.micros)
        if !overflow { rfm.totalMicros = sum }
    }

    /// What was paid for a unit, else the catalogue's price; in the currency of the first purchase.
    private mutating func addPrice(_ enriched: EnrichedEvent, weight: Double) {
        let event = enriched.event
        var price = enriched.unitPrice
        if let value = event.value, event.quantity > 0 {
            price = Money(
                micros: value.micros / Int64(event.quantity), currencyCode: value.currencyCode)
        }
        guard let price, let logarithm = price.naturalLogarithm,
            !hasCurrency || price.currencyCode == rfm.currencyCode
        else { return }
        prices.add(Double(logarithm), weight: weight)
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

    private func unitInterest() -> Int8Vector? {
        var squares = 0.0
        for value in interest { squares += Double(value) * Double(value) }
        guard squares > 0, squares.isFinite else { return nil }
        let scale = Float(1 / squares.squareRoot())
        return Int8Vector(quantizing: interest.map { $0 * scale })
    }
}
