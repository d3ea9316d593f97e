public import Inference

/// What is known of a user. At most 16 KiB as stored, without what was declared: the smallest shares
/// and then the oldest items are left out of one that would be larger. Made by `ProfileFold` from enriched events, for stored
/// and inline users alike.
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
        public var lastPurchaseUnixNanoseconds: Int64?
        /// Sum of values paid, in the currency of the first purchase; others are not added.
        public var totalMicros: Int64 = 0
        public var currencyCode = ""

        public init() {}
    }

    /// Mean of the event's unit vectors weighted by type and decayed by age, scaled to unit length;
    /// nil without any.
    public var interest: Int8Vector?
    /// Newest first, distinct items, at most `Limits.maxRecentItems`.
    public var recentItems: [RecentItem] = []
    /// Newest first, at most `Search.maxCount`.
    public var searches: [Search] = []
    /// Share of the decayed weight on a category, 0 to 1; the largest 64.
    public var categoryAffinity: [String: Float] = [:]
    /// The same for brands.
    public var brandAffinity: [String: Float] = [:]
    /// Decayed mean and standard deviation of the natural logarithm of unit prices paid (in units
    /// of the currency); nil without any price.
    public var logPriceMean: Float?
    public var logPriceDeviation: Float = 0
    public var rfm = RFM()
    public var eventCount: Int64 = 0
    public var lastEventUnixNanoseconds: Int64?
    /// Declared: age band, household and so on.
    public var attributes: [String: String] = [:]

    public init() {}
}
