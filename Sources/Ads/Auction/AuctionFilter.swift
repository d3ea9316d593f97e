// What keeps an ad from bidding, before anything is scored. What a request decides for all ads -
// which rules hold, what was spent - is worked out once; a candidate then costs a few look-ups.

internal import Base
public import Store

/// Who would see the ads, and where, as rules and caps read it.
public struct Audience: Sendable {
    public var context: TargetingContext
    /// Newest first; nil where the caller may not know of them, and then every cap counts as reached.
    public var impressions: [Profile.AdImpression]?

    public init(_ context: TargetingContext, impressions: [Profile.AdImpression]?) {
        self.context = context
        self.impressions = impressions
    }
}

struct AuctionFilter: Sendable {
    private let table: AdTable
    private let terms: AuctionTerms
    private let audience: Audience
    private let spending: SpendLedger.Day
    private let currencyCode: Int32?
    /// In the order of their fields.
    private let exclusions: [TargetingIndex.Exclusion]
    /// Of all of them: most ads are asked no further.
    private let excluded: [UInt64]
    /// By account code: Unix nanoseconds of impressions.
    private let impressions: [Int32: [Int64]]
    /// By account code. Empty where no campaign has a budget.
    private var accounts: [Account]

    /// What a campaign may still spend.
    private struct Account {
        /// .max without a budget.
        var remainingMicros: Int64 = .max
        /// NaN until asked for.
        var passProbability: Float = .nan
        var isPaced = false
    }

    init(
        table: AdTable, terms: AuctionTerms, audience: Audience, spending: SpendLedger.Day
    ) {
        self.table = table
        self.terms = terms
        self.audience = audience
        self.spending = spending
        currencyCode = table.currencies.code(of: terms.currencyCode)
        exclusions = table.targeting.exclusions(rowCount: table.count) {
            audience.context.values(of: $0, attribute: $1)
        }.sorted { $0.field.rawValue < $1.field.rawValue }
        excluded = TargetingIndex.Exclusion.union(exclusions, rowCount: table.count)
        impressions =
            table.hasFrequencyCaps ? Self.impressions(audience.impressions ?? [], table) : [:]
        accounts = [Account](
            repeating: Account(), count: table.hasBudgets ? table.accounts.count : 0)
    }

    /// Why an ad of the table does not bid; nil for one that does.
    /// - Parameter ad: what the table says of the row.
    mutating func refusal(row: Int, _ ad: AdTerms, isOverridden: Bool) -> NoBidReason? {
        if terms.unixNanoseconds < ad.startUnixNanoseconds
            || terms.unixNanoseconds >= ad.endUnixNanoseconds
        {
            return .campaignNotRunning
        }
        if !isOverridden, currencyCode == nil || ad.currencyCode != currencyCode {
            return .currencyMismatch
        }
        if excluded[row >> 6] >> UInt64(row & 63) & 1 == 1 {
            return exclusions.first { $0.contains(row) }?.field.reason
        }
        if ad.capImpressions > 0, isCapMet(ad) { return .userCapMet }
        return accounts.isEmpty ? nil : refusalByBudget(ad)
    }

    /// The same of an ad described in the request; its events cannot be counted, and so it has no
    /// budget and no cap.
    func refusal(_ ad: Ad) -> NoBidReason? {
        let start = ad.startUnixNanoseconds ?? .min
        let end = ad.endUnixNanoseconds ?? .max
        if terms.unixNanoseconds < start || terms.unixNanoseconds >= end {
            return .campaignNotRunning
        }
        if ad.bid.currencyCode != terms.currencyCode { return .currencyMismatch }
        return ad.delivery.rules.filter { !audience.context.satisfies($0) }
            .min { $0.field.rawValue < $1.field.rawValue }?.field.reason
    }

    /// How often the budget of the row's campaign lets it bid; 1 without one.
    mutating func passProbability(row: Int) -> Float {
        if accounts.isEmpty { return 1 }
        return account(Int(table.terms[row].accountCode)).passProbability
    }

    private mutating func account(_ code: Int) -> Account {
        let known = accounts[code]
        if !known.passProbability.isNaN { return known }
        var account = Account()
        account.passProbability = 1
        if let budget = table.budgets[code] {
            let spentMicros = spending.micros(accountCode: Int32(code))
            // Neither is below 0: no overflow.
            account.remainingMicros = budget.micros - spentMicros
            account.passProbability = Pacer.passProbability(
                budget, spentMicros: spentMicros, unixNanoseconds: terms.unixNanoseconds)
            account.isPaced =
                !terms.isDryRun
                && Pacer.draw(seed: terms.seed, account: Int32(code)) >= account.passProbability
        }
        accounts[code] = account
        return account
    }

    /// All that excludes an ad of the table, in words.
    mutating func sentences(row: Int, reason: NoBidReason) -> [String] {
        var sentences = table.ad(at: row).delivery.rules
            .filter { !audience.context.satisfies($0) }.map { audience.context.sentence($0) }
        let ad = table.terms[row]
        if ad.capImpressions > 0, isCapMet(ad) {
            sentences.append(
                audience.impressions == nil
                    ? "frequency cap: the caller may not know what the user was shown"
                    : "frequency cap: \(ad.capImpressions) in \(ad.capHours) hours, reached")
        }
        if let budget = table.budgets[Int(ad.accountCode)], reason == .budgetSpent {
            let spent = spending.micros(accountCode: ad.accountCode)
            sentences.append("daily budget: \(spent) of \(budget.micros) micros are spent")
        }
        return sentences
    }

    /// The same of an ad described in the request.
    func sentences(_ ad: Ad) -> [String] {
        ad.delivery.rules.filter { !audience.context.satisfies($0) }
            .map { audience.context.sentence($0) }
    }

    private func isCapMet(_ ad: AdTerms) -> Bool {
        if audience.impressions == nil { return true }
        guard !impressions.isEmpty, let times = impressions[ad.accountCode] else { return false }
        let (since, overflow) = terms.unixNanoseconds.subtractingReportingOverflow(
            Int64(ad.capHours) * 3_600_000_000_000)
        if overflow { return times.count >= Int(ad.capImpressions) }
        return times.count { $0 > since } >= Int(ad.capImpressions)
    }

    private mutating func refusalByBudget(_ ad: AdTerms) -> NoBidReason? {
        let account = account(Int(ad.accountCode))
        let price = Billing.price(pricing: ad.pricing, bidMicros: ad.bidMicros)
        if price > account.remainingMicros { return .budgetSpent }
        return account.isPaced ? .paced : nil
    }

    /// A campaign has an account for each currency, and an impression counts in all.
    private static func impressions(
        _ impressions: [Profile.AdImpression], _ table: AdTable
    ) -> [Int32: [Int64]] {
        var found: [Int32: [Int64]] = [:]
        let times = Dictionary(grouping: impressions, by: \.campaignId)
        for (campaignId, impressions) in times {
            for currency in 0..<table.currencies.count {
                let name = CampaignAccount.name(
                    campaignId: campaignId,
                    currencyCode: table.currencies.name(of: Int32(currency)))
                guard let code = table.accounts.code(of: name) else { continue }
                found[code] = impressions.map(\.unixNanoseconds)
            }
        }
        return found
    }
}

extension TargetingField {
    fileprivate var reason: NoBidReason {
        switch self {
        case .segment, .attribute: .unmatchedUser
        case .device: .unsupportedDevice
        case .region, .channel, .placement, .hour, .weekday, .category: .unmatchedContext
        }
    }
}
