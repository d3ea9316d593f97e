/// How an ad is paid, and when, where and to whom it may be shown.
public struct AdDelivery: Sendable, Equatable, Codable {
    /// What the bid is for.
    public var pricing = AdPricing.click
    /// All must hold; at most one that includes and one that excludes of each field and attribute.
    public var rules: [TargetingRule] = []
    public var frequencyCap: FrequencyCap?
    /// What its campaign may spend in a day (UTC), in the bid's currency; nil for any amount. Where ads
    /// of one campaign and currency differ, the smallest holds.
    public var dailyBudgetMicros: Int64?
    public var pacing = AdPacing.even

    public init() {}
}

/// What an advertiser pays for. Raw values are stored and equal the wire's.
public enum AdPricing: Int32, Sendable, Codable, CaseIterable {
    case click = 1
    /// A thousand impressions.
    case impression = 2
    /// A purchase or redemption.
    case conversion = 3

    public var name: String {
        switch self {
        case .click: "click"
        case .impression: "impression"
        case .conversion: "conversion"
        }
    }

    public init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}

/// How a day's budget is spread over the day. Raw values are stored and equal the wire's.
public enum AdPacing: Int32, Sendable, Codable, CaseIterable {
    case even = 1
    /// 1 - (1 - x)^2 of the budget by the part x of the day: half of it in the first 29%.
    case frontLoaded = 2

    public var name: String { self == .even ? "even" : "front_loaded" }

    public init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}

/// So many impressions of the campaign for one user in so many hours, and no more.
public struct FrequencyCap: Sendable, Equatable, Codable {
    /// What profiles remember bounds it.
    public static let maxImpressions: Int32 = 20
    public static let maxHours: Int32 = 720

    public var impressions: Int32
    public var hours: Int32

    public init(impressions: Int32, hours: Int32) {
        self.impressions = impressions
        self.hours = hours
    }

    /// Whether both numbers are in their range.
    public var isValid: Bool {
        (1...Self.maxImpressions).contains(impressions) && (1...Self.maxHours).contains(hours)
    }
}
