public import Inference

/// What is known of a user. At most 16 KiB as stored, without what was declared: the smallest shares
/// and then the oldest items are left out of one that would be larger. Made by `ProfileFold` from
/// enriched events, for stored and inline users alike.
public struct Profile: Sendable, Equatable {
    /// An item the user dealt with lately.
    public struct RecentItem: Sendable, Equatable {
        public var itemId: String
        public var unixNanoseconds: Int64
        public var vector: Int8Vector?

        public init(itemId: String, unixNanoseconds: Int64, vector: Int8Vector?) {
            self.itemId = itemId
            self.unixNanoseconds = unixNanoseconds
            self.vector = vector
        }
    }

    /// Something the user searched for.
    public struct Search: Sendable, Equatable {
        /// Searches a profile remembers.
        public static let maxCount = 8
        /// Bytes of a search that are kept.
        public static let maxTextBytes = 96

        public let text: String
        public let unixNanoseconds: Int64

        /// Keeps the beginning of a text that is longer.
        public init(text: String, unixNanoseconds: Int64) {
            var kept = text
            while kept.utf8.count > Self.maxTextBytes { kept.removeLast() }
            self.text = kept
            self.unixNanoseconds = unixNanoseconds
        }
    }

    /// Recency, frequency, monetary value of purchases.
    public struct RFM: Sendable, Equatable {
        /// Purchase events, each counted once.
        public var purchaseCount: Int64 = 0
        public var firstPurchaseUnixNanoseconds: Int64?
        public var lastPurchaseUnixNanoseconds: Int64?
        /// Days (UTC) with a purchase.
        public var purchaseDayCount: Int64 = 0
        /// Purchases whose value is in `totalMicros`.
        public var paidCount: Int64 = 0
        /// Sum of values paid, in the currency of the first purchase; others are not added.
        public var totalMicros: Int64 = 0
        public var currencyCode = ""

        public init() {}

        /// Paid for one purchase on average, rounded down; nil when no amount is known.
        public var averageMicros: Int64? { paidCount > 0 ? totalMicros / paidCount : nil }

        /// Mean days between the days with a purchase; nil for fewer than two of them.
        public var daysBetweenPurchases: Double? {
            guard let firstPurchaseUnixNanoseconds, let lastPurchaseUnixNanoseconds,
                purchaseDayCount > 1
            else { return nil }
            let nanoseconds =
                Double(lastPurchaseUnixNanoseconds) - Double(firstPurchaseUnixNanoseconds)
            return nanoseconds / (86_400 * 1e9) / Double(purchaseDayCount - 1)
        }
    }

    /// How the user took to offers.
    public struct OfferUse: Sendable, Equatable {
        /// Attribute of a purchase that a coupon made cheaper: what it took off, in units.
        public static let couponAttribute = "coupon_discount"

        /// Purchases with a `couponAttribute`.
        public var couponPurchaseCount: Int64 = 0
        public var lastRedemptionUnixNanoseconds: Int64?

        public init() {}
    }

    /// One of several interests: recent items that are alike.
    public struct Interest: Sendable, Equatable {
        public static let maxCount = 8

        /// Position in `recentItems` of the newest item of it, whose vector stands for it.
        public var leader: Int
        public var itemCount: Int
        /// Of the recent items, newer ones counting more; 0 to 1.
        public var share: Float

        public init(leader: Int, itemCount: Int, share: Float) {
            self.leader = leader
            self.itemCount = itemCount
            self.share = share
        }
    }

    /// An ad of a campaign was shown.
    public struct AdImpression: Sendable, Equatable {
        /// Impressions a profile remembers.
        public static let maxCount = 64
        /// Attribute of an impression's event that names the campaign; the server adds it.
        public static let attribute = "campaign"
        /// Longer names of campaigns are not remembered.
        public static let maxCampaignBytes = 256

        public let campaignId: String
        public let unixNanoseconds: Int64

        public init(campaignId: String, unixNanoseconds: Int64) {
            self.campaignId = campaignId
            self.unixNanoseconds = unixNanoseconds
        }
    }

    /// Mean of the event's unit vectors weighted by type and decayed by age, scaled to unit length;
    /// nil without any. Half-lives are in `EventWeight`.
    public var interest: Int8Vector?
    /// The same over the last days.
    public var shortTermInterest: Int8Vector?
    /// The same over the last half year.
    public var longTermInterest: Int8Vector?
    /// The same of what was bought alone.
    public var purchaseInterest: Int8Vector?
    /// The recent items in groups that are alike, the largest share first, at most
    /// `Interest.maxCount`; see `InterestGroups`.
    public var interests: [Interest] = []
    /// Newest first, distinct items, at most `Limits.maxRecentItems`.
    public var recentItems: [RecentItem] = []
    /// Newest first, at most `AdImpression.maxCount`: what frequency caps count.
    public var adImpressions: [AdImpression] = []
    /// Newest first, at most `Search.maxCount`.
    public var searches: [Search] = []
    /// Share of the decayed weight on a category, 0 to 1; the largest 64.
    public var categoryAffinity: [String: Float] = [:]
    /// The same for brands.
    public var brandAffinity: [String: Float] = [:]
    /// The same for the unit prices of what the user dealt with, by `PriceBand`; the largest 16.
    public var priceBandAffinity: [String: Float] = [:]
    /// Decayed mean and standard deviation of the natural logarithm of unit prices paid (in units
    /// of the currency); nil without any price.
    public var logPriceMean: Float?
    public var logPriceDeviation: Float = 0
    /// The items bought most of late, the largest share first, at most `BoughtItem.maxCount`.
    public var boughtItems: [BoughtItem] = []
    /// Purchases by category, of those in `categoryAffinity`.
    public var boughtCategories: [String: PurchaseRecord] = [:]
    public var rfm = RFM()
    public var offerUse = OfferUse()
    public var activity = Activity()
    public var eventCount: Int64 = 0
    public var lastEventUnixNanoseconds: Int64?
    /// Declared: age band, household and so on.
    public var attributes: [String: String] = [:]

    public init() {}
}
