/// Whose money it is: a campaign, in one currency. A campaign that bids in two has two.
public enum CampaignAccount {
    /// No code of a currency has it, so that a name is of one account only.
    private static let separator: Character = "\u{1F}"

    public static func name(campaignId: String, currencyCode: String) -> String {
        "\(currencyCode)\(separator)\(campaignId)"
    }

    static func name(of ad: Ad) -> String {
        name(campaignId: ad.campaignId, currencyCode: ad.bid.currencyCode)
    }
}

/// What a campaign may spend in a day, and how.
public struct DailyBudget: Sendable, Equatable {
    public var micros: Int64
    public var pacing: AdPacing
    /// The first start and the last end of its ads: of a day, the budget is spread over what is in
    /// between.
    public var startUnixNanoseconds = Int64.min
    public var endUnixNanoseconds = Int64.max

    public init(micros: Int64, pacing: AdPacing) {
        self.micros = micros
        self.pacing = pacing
    }

    /// By account code: the smallest that an ad of the account states.
    static func smallest(
        of ads: ChunkedArray<Ad>, accountCodes: [Int32], accountCount: Int
    ) -> [DailyBudget?] {
        var budgets = [DailyBudget?](repeating: nil, count: accountCount)
        for row in 0..<ads.count {
            let delivery = ads[row].delivery
            guard let micros = delivery.dailyBudgetMicros else { continue }
            let code = Int(accountCodes[row])
            var budget = budgets[code] ?? DailyBudget(micros: .max, pacing: delivery.pacing)
            if budgets[code] == nil {
                budget.startUnixNanoseconds = .max
                budget.endUnixNanoseconds = .min
            }
            if micros < budget.micros {
                budget.micros = micros
                budget.pacing = delivery.pacing
            }
            budget.startUnixNanoseconds = min(
                budget.startUnixNanoseconds, ads[row].startUnixNanoseconds ?? .min)
            budget.endUnixNanoseconds = max(
                budget.endUnixNanoseconds, ads[row].endUnixNanoseconds ?? .max)
            budgets[code] = budget
        }
        return budgets
    }
}

/// What an event costs a campaign.
public struct AdCharge: Sendable, Equatable {
    public var campaignId: String
    public var currencyCode: String
    /// 0 for an event that is counted and not paid for.
    public var micros: Int64

    public init(campaignId: String, currencyCode: String, micros: Int64) {
        self.campaignId = campaignId
        self.currencyCode = currencyCode
        self.micros = micros
    }

    var account: String {
        CampaignAccount.name(campaignId: campaignId, currencyCode: currencyCode)
    }
}
