public import Base
public import Inference
internal import Ranking
public import Store

/// What a request asks to auction, in its order. Bids are checked and campaigns are held against the
/// terms on the way in, so that an ad that may not run costs no scoring.
public struct AdCandidateList: Sendable {
    let table: AdTable
    let terms: AuctionTerms
    /// Ads that may run, and what each pays for a click.
    private(set) var creatives = CandidateList()
    private(set) var bidMicros: [Int64] = []
    /// Ads that may not.
    private(set) var noBids: [NoBid] = []
    private let currencyCode: Int32?

    public init(table: AdTable, terms: AuctionTerms) {
        self.table = table
        self.terms = terms
        currencyCode = table.currencies.code(of: terms.currencyCode)
    }

    /// Adds an ad of the catalogue.
    /// - Parameter bidOverride: units of the auction's currency for a click instead of the stored
    ///   bid; 0 for none.
    /// - Throws: `Fault.invalid` naming `ad_bids[requestIndex].bid` for an override that is no bid,
    ///   FAILED_PRECONDITION for a stored bid that is none.
    public mutating func append(
        row: Int, bidOverride: Double = 0, requestIndex: Int
    ) throws(Fault) {
        let isOverridden = bidOverride != 0
        let micros =
            isOverridden
            ? try Bid.micros(ofUnits: bidOverride, field: "ad_bids[\(requestIndex)].bid")
            : table.bidMicros[row]
        guard (1...Bid.maxMicros).contains(micros) else {
            throw Fault(
                .failedPrecondition, reason: "STORED_BID_INVALID",
                "the ad's stored bid is not 1 to \(Bid.maxMicros) micros")
        }
        if !table.isRunning(row: row, atUnixNanoseconds: terms.unixNanoseconds) {
            refuse(requestIndex, .campaignNotRunning)
        } else if !isOverridden && !isAuctionCurrency(code: table.currencyCodes[row]) {
            refuse(requestIndex, .currencyMismatch)
        } else {
            creatives.append(row: row, requestIndex: requestIndex)
            bidMicros.append(micros)
        }
    }

    /// Adds an ad described in the request.
    /// - Parameters:
    ///   - vector: of the creative's text; nil when it has none.
    ///   - field: the ad's path in the request, for errors, e.g. `ads[2]`.
    /// - Throws: `Fault.invalid` naming `<field>.bid.micros`.
    public mutating func append(
        _ ad: Ad, vector: Int8Vector?, requestIndex: Int, field: String
    ) throws(Fault) {
        try Bid.check(micros: ad.bid.micros, field: "\(field).bid.micros")
        let start = ad.startUnixNanoseconds ?? .min
        let end = ad.endUnixNanoseconds ?? .max
        if terms.unixNanoseconds < start || terms.unixNanoseconds >= end {
            refuse(requestIndex, .campaignNotRunning)
        } else if ad.bid.currencyCode != terms.currencyCode {
            refuse(requestIndex, .currencyMismatch)
        } else {
            creatives.append(EncodedItem(ad.creative, vector: vector), requestIndex: requestIndex)
            bidMicros.append(ad.bid.micros)
        }
    }

    private func isAuctionCurrency(code: Int32) -> Bool { code >= 0 && code == currencyCode }

    private mutating func refuse(_ requestIndex: Int, _ reason: NoBidReason) {
        noBids.append(NoBid(requestIndex: requestIndex, reason: reason))
    }
}
