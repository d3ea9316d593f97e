// Who a person is, made from what the caller may see of the profile: nothing here looks behind it.

/// How likely it is that a user is gone, by the time since the last purchase against the user's own
/// habit. If purchases come at random at that rate, a silence of two usual intervals has the chance
/// e^-2, one in seven, and of four e^-4, one in fifty.
public struct ChurnRisk: Sendable, Equatable {
    /// Raw values are the wire's.
    public enum Level: Int32, Sendable {
        case unknown = 1
        case low, medium, high
    }

    /// Days with a purchase from which there is a habit.
    private static let minPurchaseDays: Int64 = 3

    public var level: Level
    /// Nil without a purchase.
    public var daysSincePurchase: Double?
    /// Nil for fewer than two days with a purchase.
    public var usualDays: Double?

    public init(level: Level, daysSincePurchase: Double?, usualDays: Double?) {
        self.level = level
        self.daysSincePurchase = daysSincePurchase
        self.usualDays = usualDays
    }

    init(_ rfm: Profile.RFM, asOf unixNanoseconds: Int64) {
        usualDays = rfm.daysBetweenPurchases
        daysSincePurchase = rfm.lastPurchaseUnixNanoseconds.map {
            max(0, Double(unixNanoseconds) - Double($0)) / (86_400 * 1e9)
        }
        level = .unknown
        guard let daysSincePurchase, let usualDays, usualDays > 0,
            rfm.purchaseDayCount >= Self.minPurchaseDays
        else { return }
        let intervals = daysSincePurchase / usualDays
        level = intervals <= 2 ? .low : intervals <= 4 ? .medium : .high
    }
}

/// Where a user's activity goes: the last four whole weeks against the eight before.
public struct Trend: Sendable, Equatable {
    /// Raw values are the wire's.
    public enum Direction: Int32, Sendable {
        case unknown = 1
        case rising, steady, falling
    }

    private static let recentWeeks = 4
    private static let minEvents: UInt32 = 6
    /// Of the earlier activity.
    private static let notableChange = 0.25

    public var direction: Direction
    public var recentWeeklyEvents: Double
    public var earlierWeeklyEvents: Double

    public init(direction: Direction, recentWeeklyEvents: Double, earlierWeeklyEvents: Double) {
        self.direction = direction
        self.recentWeeklyEvents = recentWeeklyEvents
        self.earlierWeeklyEvents = earlierWeeklyEvents
    }

    /// - Parameter last: when the last event was, whose week is the last of `weeks`.
    init(_ weeks: [Activity.Week], last: Int64?, asOf unixNanoseconds: Int64) {
        let length = Activity.weekNanoseconds
        let now = unixNanoseconds.quotientAndFloor(length).quotient
        let passed = last.map { max(0, now - $0.quotientAndFloor(length).quotient) } ?? 0
        // The week that has begun is not whole.
        func events(weeksAgo range: ClosedRange<Int>) -> UInt32 {
            range.reduce(0) { sum, ago in
                let index = weeks.count - 1 - ago + Int(clamping: passed)
                return sum + (weeks.indices.contains(index) ? weeks[index].events : 0)
            }
        }
        let recent = events(weeksAgo: 1...Self.recentWeeks)
        let earlier = events(weeksAgo: Self.recentWeeks + 1...Activity.weekCount - 1)
        recentWeeklyEvents = Double(recent) / Double(Self.recentWeeks)
        earlierWeeklyEvents =
            Double(earlier) / Double(Activity.weekCount - 1 - Self.recentWeeks)
        guard recent + earlier >= Self.minEvents else {
            direction = .unknown
            return
        }
        let change = recentWeeklyEvents - earlierWeeklyEvents
        let notable = Self.notableChange * earlierWeeklyEvents
        direction =
            change >= notable && change > 0 ? .rising : change <= -notable ? .falling : .steady
    }
}

/// What GetUserReport says.
public struct UserReport: Sendable, Equatable {
    /// One of the profile's interests, with what the catalogue knows of it.
    public struct Interest: Sendable, Equatable {
        public var itemId: String
        public var title: String
        public var category: String
        public var itemCount: Int
        public var share: Float

        public init(
            itemId: String, title: String, category: String, itemCount: Int, share: Float
        ) {
            self.itemId = itemId
            self.title = title
            self.category = category
            self.itemCount = itemCount
            self.share = share
        }
    }

    public var view: ProfileView
    public var summary: [String]
    public var interests: [Interest]
    /// Nil for who may not see activity.
    public var churnRisk: ChurnRisk?
    /// Nil for who may not see activity.
    public var trend: Trend?
    public var asOfUnixNanoseconds: Int64

    public init(
        view: ProfileView, summary: [String], interests: [Interest], churnRisk: ChurnRisk?,
        trend: Trend?, asOfUnixNanoseconds: Int64
    ) {
        self.view = view
        self.summary = summary
        self.interests = interests
        self.churnRisk = churnRisk
        self.trend = trend
        self.asOfUnixNanoseconds = asOfUnixNanoseconds
    }

    /// - Parameters:
    ///   - view: what the caller may see.
    ///   - items: for titles.
    public init(_ view: ProfileView, items: ItemTable, asOf unixNanoseconds: Int64) {
        let profile = view.profile
        self.view = view
        asOfUnixNanoseconds = unixNanoseconds
        interests = profile.interests.map { interest in
            let id = profile.recentItems[interest.leader].itemId
            let item = items.row(of: id).map(items.item)
            return Interest(
                itemId: id, title: item?.title ?? "", category: item?.category ?? "",
                itemCount: interest.itemCount, share: interest.share)
        }
        if profile.eventCount > 0 {
            churnRisk = ChurnRisk(profile.rfm, asOf: unixNanoseconds)
            trend = Trend(
                profile.activity.weeks, last: profile.lastEventUnixNanoseconds,
                asOf: unixNanoseconds)
        }
        summary = []
        summary = sentences
    }
}
