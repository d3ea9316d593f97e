// What the response model reads of a user and a moment, before any ad is looked at.

internal import Ranking
internal import Store

/// A term of which the campaign's kind is not known yet.
struct UserTerm: Sendable {
    let feature: AdFeature
    /// As `AdSlots.slot` takes it.
    let level: UInt64
    let value: Float

    func resolved(kind: UInt64) -> AdTerm {
        AdTerm(
            feature: feature, slot: AdSlots.slot(feature, level: level),
            kindSlot: AdSlots.slot(feature, level: level, kind: kind), value: value,
            isMissing: level == AdSlots.missing)
    }
}

/// One user at one moment, laid out for one table of ads. Immutable.
struct AdSubject: Sendable {
    private static let dayNanoseconds = 86_400.0 * 1e9

    let user: AdUser
    let terms: [UserTerm]
    /// By the table's codes: share of the user's interest; 0 for none.
    let categoryShares: [Float]
    /// By the table's codes: sqrt(share / largest share), as in `Ranking`; 0 for none.
    let categoryAffinities: [Float]
    let brandAffinities: [Float]
    /// Purchases of a quarter of a year.
    let purchaseRate: Double
    private let profile: Profile

    init(_ subject: Subject, _ moment: AdMoment, creatives: ItemTable) {
        let profile = subject.profile
        self.profile = profile
        user = AdUser.of(subject, creatives: creatives)
        terms =
            Self.behaviour(profile, moment.unixNanoseconds) + user.declared
            + Self.context(moment)
        var shares = [Float](repeating: 0, count: creatives.categories.count)
        var affinities = shares
        for dealing in user.categories {
            shares[dealing.code] = dealing.share
            affinities[dealing.code] = dealing.affinity
        }
        categoryShares = shares
        categoryAffinities = affinities
        var brands = [Float](repeating: 0, count: creatives.brands.count)
        for dealing in user.brands { brands[dealing.code] = dealing.affinity }
        brandAffinities = brands
        purchaseRate =
            Double(profile.rfm.purchaseCount) / Self.quarters(profile, moment.unixNanoseconds)
    }

    /// Of an ad the catalogue does not have.
    func categoryAffinity(_ name: String) -> Float { Self.affinity(name, profile.categoryAffinity) }
    func brandAffinity(_ name: String) -> Float { Self.affinity(name, profile.brandAffinity) }

    private static func affinity(_ name: String, _ shares: [String: Float]) -> Float {
        guard let share = shares[name], let largest = shares.values.max(), largest > 0 else {
            return 0
        }
        return (share / largest).squareRoot()
    }

    // MARK: Terms

    private static func behaviour(_ profile: Profile, _ now: Int64) -> [UserTerm] {
        var terms: [UserTerm] = []
        func add(_ feature: AdFeature, _ scale: LogScale, _ amount: Double?) {
            terms.append(
                amount.map {
                    UserTerm(feature: feature, level: AdSlots.number, value: scale.value($0))
                } ?? UserTerm(feature: feature, level: AdSlots.missing, value: 1))
        }
        let rfm = profile.rfm
        let hasEvents = profile.eventCount > 0
        let purchases = Double(rfm.purchaseCount)
        let coupons = Double(profile.offerUse.couponPurchaseCount)
        let quarters = quarters(profile, now)
        add(.purchaseRate, .purchaseRate, hasEvents ? purchases / quarters : nil)
        add(.purchases4Weeks, .purchases4Weeks, profile.purchases(inWeeks: 4, before: now))
        add(.purchases13Weeks, .purchases13Weeks, profile.purchases(inWeeks: 13, before: now))
        add(.purchaseValue, .purchaseValue, rfm.averageMicros.map { Double($0) / 1e6 })
        add(.daysSincePurchase, .daysSincePurchase, days(rfm.lastPurchaseUnixNanoseconds, now))
        add(
            .redemptionRate, .redemptionRate,
            hasEvents ? Double(profile.activity.count(of: .redemption)) / quarters : nil)
        add(
            .daysSinceRedemption, .daysSinceRedemption,
            days(profile.offerUse.lastRedemptionUnixNanoseconds, now))
        add(.couponRate, .couponRate, hasEvents ? coupons / quarters : nil)
        add(.couponShare, .couponShare, purchases > 0 ? coupons / purchases : nil)
        return terms
    }

    /// Quarters of a year since the first purchase, at least one.
    private static func quarters(_ profile: Profile, _ now: Int64) -> Double {
        max(1, (days(profile.rfm.firstPurchaseUnixNanoseconds, now) ?? 0) / 91)
    }

    private static func days(_ then: Int64?, _ now: Int64) -> Double? {
        then.map { max(0, (Double(now) - Double($0)) / dayNanoseconds) }
    }

    private static func context(_ moment: AdMoment) -> [UserTerm] {
        let (day, rest) = moment.unixNanoseconds.quotientAndFloor(Int64(dayNanoseconds))
        // 1970-01-01 was a Thursday.
        let weekday = (day + 3).quotientAndFloor(7).remainder
        var terms = [
            UserTerm(
                feature: .hour, level: AdSlots.hash("\(rest / 3_600_000_000_000)"), value: 1),
            UserTerm(feature: .weekday, level: AdSlots.hash("\(weekday)"), value: 1),
        ]
        for (feature, name) in [
            (AdFeature.channel, moment.channel), (.device, moment.device),
            (.placement, moment.placement),
        ] where !name.isEmpty {
            terms.append(UserTerm(feature: feature, level: AdSlots.hash(name), value: 1))
        }
        return terms
    }
}

extension Profile {
    /// Purchases in the weeks up to a moment, by the weeks that `Activity` tells apart; nil for a
    /// user nothing is known of.
    fileprivate func purchases(inWeeks count: Int64, before now: Int64) -> Double? {
        guard let lastEventUnixNanoseconds, !activity.weeks.isEmpty else { return nil }
        let week: Int64 = 7 * 86_400 * 1_000_000_000
        let passed =
            now.quotientAndFloor(week).quotient
            - lastEventUnixNanoseconds.quotientAndFloor(week).quotient
        let kept = max(0, min(count, count - passed))
        return activity.weeks.suffix(Int(kept)).reduce(0) { $0 + Double($1.purchases) }
    }
}
