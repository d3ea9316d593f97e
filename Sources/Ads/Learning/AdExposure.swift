/// An ad, or all of a campaign's, was shown to a user.
public struct AdExposure: Sendable, Equatable {
    public var target: AdTarget
    public var moment: AdMoment
    /// Unix nanoseconds until before which a click is its.
    public var clicksUntil: Int64
    /// The same for a conversion. Then it is known what came of it.
    public var closesAt: Int64

    public init(target: AdTarget, moment: AdMoment, clicksUntil: Int64, closesAt: Int64) {
        self.target = target
        self.moment = moment
        self.clicksUntil = clicksUntil
        self.closesAt = closesAt
    }
}

/// How long after an impression a click or a conversion is its.
public struct AttributionWindows: Sendable, Equatable {
    public var clickNanoseconds: Int64
    public var conversionNanoseconds: Int64

    /// - Precondition: both positive; a conversion's is not the shorter.
    public init(clickSeconds: Int, conversionSeconds: Int) {
        precondition(0 < clickSeconds && clickSeconds <= conversionSeconds, "no windows")
        clickNanoseconds = Int64(clickSeconds) * 1_000_000_000
        conversionNanoseconds = Int64(conversionSeconds) * 1_000_000_000
    }

    /// A day and a week.
    public static let usual = AttributionWindows(
        clickSeconds: 86_400, conversionSeconds: 7 * 86_400)
}

/// What feedback was worth: what is not taken for learning is counted here and changes nothing.
public struct FeedbackCounts: Sendable, Equatable, Codable {
    public var impressions = 0
    public var clicks = 0
    public var conversions = 0
    /// A second click or conversion of one impression.
    public var repeated = 0
    /// After the impression's window.
    public var late = 0
    /// Clicks and conversions of ads that the user was not shown before.
    public var withoutImpression = 0
    /// Impressions and clicks of ads that the catalogue does not have.
    public var unknownAds = 0

    public init() {}

    public static func += (sum: inout FeedbackCounts, other: FeedbackCounts) {
        sum.impressions += other.impressions
        sum.clicks += other.clicks
        sum.conversions += other.conversions
        sum.repeated += other.repeated
        sum.late += other.late
        sum.withoutImpression += other.withoutImpression
        sum.unknownAds += other.unknownAds
    }
}
