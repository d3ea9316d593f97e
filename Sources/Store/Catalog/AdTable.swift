internal import Inference

/// What an auction asks of an ad before it is scored, in less than a line of a processor's cache.
public struct AdTerms: Sendable {
    public let startUnixNanoseconds: Int64
    public let endUnixNanoseconds: Int64
    public let bidMicros: Int64
    public let currencyCode: Int32
    public let accountCode: Int32
    /// 0 for no cap.
    public let capImpressions: Int32
    public let capHours: Int32
    public let pricing: AdPricing

    init(_ ad: Ad, currencyCode: Int32, accountCode: Int32) {
        startUnixNanoseconds = ad.startUnixNanoseconds ?? .min
        endUnixNanoseconds = ad.endUnixNanoseconds ?? .max
        bidMicros = ad.bid.micros
        self.currencyCode = currencyCode
        self.accountCode = accountCode
        capImpressions = ad.delivery.frequencyCap?.impressions ?? 0
        capHours = ad.delivery.frequencyCap?.hours ?? 0
        pricing = ad.delivery.pricing
    }
}

/// Ads as columns; the creatives are an `ItemTable` whose item ids are the ads' ids. Immutable.
public final class AdTable: Sendable {
    /// Row for row the same ads.
    public let creatives: ItemTable
    public let bidMicros: [Int64]
    /// Codes into `currencies`; -1 when a bid names none.
    public let currencyCodes: [Int32]
    public let currencies: NameDictionary
    /// Unix nanoseconds from which a campaign runs; `Int64.min` without a start.
    public let startUnixNanoseconds: [Int64]
    /// Unix nanoseconds before which it runs; `Int64.max` without an end.
    public let endUnixNanoseconds: [Int64]
    /// Codes into `accounts`.
    public let accountCodes: [Int32]
    /// `CampaignAccount.name` of every campaign and currency there is or was.
    public let accounts: NameDictionary
    /// By account code: the smallest daily budget of its ads and their pacing; nil without one.
    public let budgets: [DailyBudget?]
    public let hasFrequencyCaps: Bool
    public let hasBudgets: Bool
    public let targeting: TargetingIndex
    /// Of the columns above what an auction asks of each candidate, side by side.
    public let terms: [AdTerms]

    private let ads: ChunkedArray<Ad>

    /// - Precondition: `creatives` has `ads`' ids in the same order.
    public init(ads: [Ad], creatives: ItemTable) {
        precondition(ads.count == creatives.count, "one creative per ad")
        for (row, ad) in ads.enumerated() {
            precondition(creatives.id(at: row) == ad.id, "creatives stand in the order of ads")
        }
        self.ads = ChunkedArray(ads)
        self.creatives = creatives
        bidMicros = ads.map(\.bid.micros)
        currencies = NameDictionary(ads.lazy.map(\.bid.currencyCode))
        currencyCodes = currencies.column(of: ads.lazy.map(\.bid.currencyCode))
        startUnixNanoseconds = ads.map { $0.startUnixNanoseconds ?? .min }
        endUnixNanoseconds = ads.map { $0.endUnixNanoseconds ?? .max }
        let accountNames = ads.map(CampaignAccount.name)
        accounts = NameDictionary(accountNames)
        accountCodes = accounts.column(of: accountNames)
        hasFrequencyCaps = ads.contains { $0.delivery.frequencyCap != nil }
        budgets = DailyBudget.smallest(
            of: self.ads, accountCodes: accountCodes, accountCount: accounts.count)
        hasBudgets = budgets.contains { $0 != nil }
        var targeting = TargetingIndex()
        for (row, ad) in ads.enumerated() { targeting.insert(ad.delivery.rules, row: row) }
        self.targeting = targeting
        let codes = zip(currencyCodes, accountCodes)
        terms = zip(ads, codes).map { ad, codes in
            AdTerms(ad, currencyCode: codes.0, accountCode: codes.1)
        }
    }

    /// As an edit left it.
    init(_ edit: AdTableEdit, vectors: Int8VectorTable) {
        ads = edit.ads
        creatives = ItemTable(edit.creatives, vectors: vectors)
        bidMicros = edit.bidMicros
        currencyCodes = edit.currencyCodes
        currencies = edit.currencies
        startUnixNanoseconds = edit.startUnixNanoseconds
        endUnixNanoseconds = edit.endUnixNanoseconds
        accounts = edit.accounts
        accountCodes = edit.accountCodes
        hasFrequencyCaps = edit.terms.contains { $0.capImpressions > 0 }
        budgets = DailyBudget.smallest(
            of: edit.ads, accountCodes: edit.accountCodes, accountCount: edit.accounts.count)
        hasBudgets = budgets.contains { $0 != nil }
        targeting = edit.targeting
        terms = edit.terms
    }

    /// A copy to change. It shares what it does not change.
    var edit: AdTableEdit {
        AdTableEdit(
            ads: ads, creatives: creatives.edit, bidMicros: bidMicros,
            currencyCodes: currencyCodes, currencies: currencies,
            startUnixNanoseconds: startUnixNanoseconds, endUnixNanoseconds: endUnixNanoseconds,
            accountCodes: accountCodes, accounts: accounts, targeting: targeting, terms: terms)
    }

    public static let empty = AdTable(ads: [], creatives: .empty)

    public var count: Int { ads.count }

    public func ad(at row: Int) -> Ad { ads[row] }

    public func campaignId(at row: Int) -> String { ads[row].campaignId }

    public func row(of id: String) -> Int? { creatives.row(of: id) }

    /// Looks an identifier up where it lies, without making a String.
    public func row(ofUTF8 id: Span<UInt8>) -> Int? { creatives.row(ofUTF8: id) }

    /// The same of several; see `ItemTable.appendRows`.
    public func appendRows(
        ofUTF8 ids: Span<UInt8>, ends: Span<Int32>, _ places: Range<Int>, to rows: inout [Int32]
    ) {
        creatives.appendRows(ofUTF8: ids, ends: ends, places, to: &rows)
    }

    /// Whether the campaign runs at a moment.
    public func isRunning(row: Int, atUnixNanoseconds now: Int64) -> Bool {
        startUnixNanoseconds[row] <= now && now < endUnixNanoseconds[row]
    }
}
