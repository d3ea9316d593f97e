/// What a caller may see of a profile, and what else there is to say of the user.
public struct ProfileView: Sendable, Equatable {
    public var profile: Profile
    /// Nil until segments were made, and for who may not see activity.
    public var segment: SegmentName?
    /// Nil until quintiles were made.
    public var quintiles: Quintiles?
    /// What was left out: fields of the wire's Profile, and attributes as `attributes.NAME`, sorted.
    public var leftOut: [String]

    public init(
        profile: Profile, segment: SegmentName? = nil, quintiles: Quintiles? = nil,
        leftOut: [String] = []
    ) {
        self.profile = profile
        self.segment = segment
        self.quintiles = quintiles
        self.leftOut = leftOut
    }
}

/// A group of users.
public struct SegmentName: Sendable, Equatable {
    /// Stable over the times that segments are made.
    public var id: String
    /// What distinguishes it.
    public var name: String

    public init(id: String, name: String) {
        self.id = id
        self.name = name
    }
}

/// Where a buyer stands among all: fifths, 1 (lowest) to 5 (highest); 0 when unknown.
public struct Quintiles: Sendable, Equatable {
    /// 5 for who bought latest.
    public var recency: Int
    public var frequency: Int
    /// By what is paid for one purchase on average.
    public var monetary: Int

    public init(recency: Int, frequency: Int, monetary: Int) {
        self.recency = recency
        self.frequency = frequency
        self.monetary = monetary
    }
}

extension Profile {
    /// The profile without what the labels do not cover. Attributes keep to their own labels.
    public func permitted(_ labels: DataLabels) -> ProfileView {
        if labels == .all { return ProfileView(profile: self) }
        var view = ProfileView(profile: self)
        if !labels.permits(.activity) { view.leaveOutActivity() }
        if !labels.permits(.spend) { view.leaveOutSpend() }
        if !labels.permits(.text), !view.profile.searches.isEmpty {
            view.profile.searches = []
            view.leftOut.append("recent_searches")
        }
        for name in attributes.keys where !labels.permits(DataLabel(attribute: name)) {
            view.profile.attributes[name] = nil
            view.leftOut.append("attributes.\(name)")
        }
        view.leftOut = Set(view.leftOut).sorted()
        return view
    }
}

extension ProfileView {
    fileprivate mutating func leaveOutActivity() {
        let full = profile
        profile.interest = nil
        profile.shortTermInterest = nil
        profile.longTermInterest = nil
        profile.purchaseInterest = nil
        profile.interests = []
        profile.recentItems = []
        profile.adImpressions = []
        profile.categoryAffinity = [:]
        profile.brandAffinity = [:]
        profile.boughtItems = []
        profile.boughtCategories = [:]
        profile.activity = Activity()
        profile.offerUse = Profile.OfferUse()
        profile.eventCount = 0
        profile.lastEventUnixNanoseconds = nil
        profile.rfm.purchaseCount = 0
        profile.rfm.purchaseDayCount = 0
        profile.rfm.firstPurchaseUnixNanoseconds = nil
        profile.rfm.lastPurchaseUnixNanoseconds = nil
        guard full.eventCount > 0 else { return }
        leftOut += [
            "activity", "brands", "categories", "event_count", "interests", "last_event_time",
            "recent_items", "segment",
        ]
        if full.rfm.purchaseCount > 0 {
            leftOut += [
                "purchases.count", "purchases.day_count", "purchases.first_time",
                "purchases.last_time", "purchases.quintiles",
            ]
        }
    }

    fileprivate mutating func leaveOutSpend() {
        let full = profile
        profile.logPriceMean = nil
        profile.logPriceDeviation = 0
        profile.priceBandAffinity = [:]
        profile.rfm.totalMicros = 0
        profile.rfm.paidCount = 0
        profile.rfm.currencyCode = ""
        for i in profile.activity.weeks.indices { profile.activity.weeks[i].spentMicros = 0 }
        if full.logPriceMean != nil { leftOut.append("typical_price") }
        if full.eventCount > 0 { leftOut.append("segment") }
        if !full.priceBandAffinity.isEmpty { leftOut.append("price_bands") }
        if full.rfm.paidCount > 0 {
            leftOut += [
                "activity.weeks.spent_micros", "purchases.average", "purchases.quintiles.monetary",
                "purchases.total",
            ]
        }
    }
}

extension Event {
    /// The event without what the labels do not cover; nil for who may not know of events at all.
    public func permitted(_ labels: DataLabels) -> Event? {
        if labels == .all { return self }
        guard labels.permits(.activity) else { return nil }
        var event = self
        if !labels.permits(.spend) { event.value = nil }
        if !labels.permits(.text) {
            event.query = ""
            event.text = ""
        }
        if !labels.permits(.sensitive) { event.attributes = [:] }
        return event
    }
}
