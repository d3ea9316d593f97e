public import Store

/// What the response model reads, in the order of explanations. Each is a term of the logit: numbers
/// times a weight, names by a weight of their own (hashed), missing ones by a third. What is of the
/// user or the moment has a second weight for each kind of campaign (a cross), because who answers a
/// mailing to everyone is another than who answers one made for few.
public enum AdFeature: Int, Sendable, CaseIterable {
    // Of the user, on a logarithmic scale of 0 to 2, see `LogScale`. Rates, not totals: totals grow with
    // the calendar, and who learnt in spring would overrate everybody in autumn.
    case purchaseRate
    case purchases4Weeks
    case purchases13Weeks
    case purchaseValue
    case daysSincePurchase
    case redemptionRate
    case daysSinceRedemption
    case couponRate
    case couponShare
    // Of the user: what was declared, by its label.
    case demographic
    case financial
    case location
    case tag
    // Of the moment.
    case hour
    case weekday
    case channel
    case device
    case placement
    // Of the ad.
    case campaign
    case campaignKind
    case ad
    case category
    case brand
    // Of user and ad together.
    case campaignCategoryShare
    case campaignCategoryRate
    case interestSimilarity
    case nearestInterestSimilarity
    case categoryAffinity
    case brandAffinity
    case priceFit
    case categoryPair

    public static let count = allCases.count
    /// As replies, files and reports call them, snake_case.
    public static let names = allCases.map(\.name)

    /// An attribute of a creative: what kind of campaign it belongs to.
    public static let kindAttribute = "campaign_type"

    public var name: String {
        switch self {
        case .purchaseRate: "purchase_rate"
        case .purchases4Weeks: "purchases_4_weeks"
        case .purchases13Weeks: "purchases_13_weeks"
        case .purchaseValue: "purchase_value"
        case .daysSincePurchase: "days_since_purchase"
        case .redemptionRate: "redemption_rate"
        case .daysSinceRedemption: "days_since_redemption"
        case .couponRate: "coupon_rate"
        case .couponShare: "coupon_share"
        case .demographic: "demographic"
        case .financial: "financial"
        case .location: "location"
        case .tag: "tag"
        case .hour: "hour"
        case .weekday: "weekday"
        case .channel: "channel"
        case .device: "device"
        case .placement: "placement"
        case .campaign: "campaign"
        case .campaignKind: "campaign_kind"
        case .ad: "ad"
        case .category: "category"
        case .brand: "brand"
        case .campaignCategoryShare: "campaign_category_share"
        case .campaignCategoryRate: "campaign_category_rate"
        case .interestSimilarity: "interest_similarity"
        case .nearestInterestSimilarity: "nearest_interest_similarity"
        case .categoryAffinity: "category_affinity"
        case .brandAffinity: "brand_affinity"
        case .priceFit: "price_fit"
        case .categoryPair: "category_pair"
        }
    }

    /// Whether its terms are a number's; else those of names.
    public var isNumber: Bool {
        switch self {
        case .demographic, .financial, .location, .tag, .hour, .weekday, .channel, .device,
            .placement, .campaign, .campaignKind, .ad, .category, .brand, .categoryPair:
            false
        default: true
        }
    }

    /// What of the user it is made from; nil for nothing.
    public var label: DataLabel? {
        switch self {
        case .purchaseValue, .priceFit: .spend
        case .demographic: .demographic
        case .financial: .financial
        case .location: .location
        case .tag: .tag
        case .hour, .weekday, .channel, .device, .placement, .campaign, .campaignKind, .ad,
            .category, .brand:
            nil
        default: .activity
        }
    }

    /// Names of the features that a caller with these labels does without.
    public static func leftOut(_ labels: DataLabels) -> [String] {
        allCases.filter { $0.label.map { !labels.permits($0) } ?? false }.map(\.name)
    }

    /// What a declared attribute counts as; nil for what nobody has judged: no ad reads that.
    static func declared(_ label: DataLabel) -> AdFeature? {
        switch label {
        case .demographic: .demographic
        case .financial: .financial
        case .location: .location
        case .tag: .tag
        case .activity, .spend, .text, .sensitive: nil
        }
    }
}
