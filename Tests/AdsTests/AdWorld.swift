import Base
import Inference
import Ranking
import Store

@testable import Ads

/// Ads for tests, and auctions of them.
enum AdWorld {
    static func vector(_ random: inout SeededRandom) -> Int8Vector {
        Int8Vector(quantizing: (0..<8).map { _ in Float.random(in: -0.5...0.5, using: &random) })
    }

    static func table(_ ads: [Ad], vectors: [Int8Vector] = []) -> AdTable {
        AdTable(
            ads: ads,
            creatives: ItemTable(
                items: ads.map { Item(id: $0.id, category: $0.creative.category) },
                vectors: Int8VectorTable(dimension: 8, rows: vectors),
                vectorRows: ads.indices.map { $0 < vectors.count ? Int32($0) : -1 },
                popularity: [Float](repeating: 0, count: ads.count)))
    }

    static func ad(
        _ id: String, campaign: String = "c", micros: Int64 = 1_000_000, currency: String = "USD",
        start: Int64? = nil, end: Int64? = nil, _ change: (inout AdDelivery) -> Void = { _ in }
    ) -> Ad {
        var delivery = AdDelivery()
        change(&delivery)
        return Ad(
            id: id, campaignId: campaign, creative: Item(id: ""),
            bid: Money(micros: micros, currencyCode: currency), startUnixNanoseconds: start,
            endUnixNanoseconds: end, delivery: delivery)
    }

    /// All rows of a table, in order.
    struct Rows: AdSource {
        var count: Int
        var bids: [Int: Int64] = [:]
        var inline: [InlineAd] { [] }

        func find(_ places: Range<Int>, into found: inout FoundAds) {
            for place in places { found.append(row: place, bidMicros: bids[place] ?? 0) }
        }
    }

    /// Ads described in the request.
    struct Described: AdSource {
        var inline: [InlineAd]
        var count: Int { inline.count }

        init(_ ads: [Ad]) { inline = ads.map { InlineAd($0, vector: nil) } }

        func find(_ places: Range<Int>, into found: inout FoundAds) {
            for place in places { found.append(inline: place) }
        }
    }

    static func audience(
        unixNanoseconds: Int64 = 0, impressions: [Profile.AdImpression]? = [],
        _ change: (inout TargetingContext) -> Void = { _ in }
    ) -> Audience {
        var context = TargetingContext(unixNanoseconds: unixNanoseconds)
        change(&context)
        return Audience(context, impressions: impressions)
    }

    static func run(
        _ source: any AdSource, of table: AdTable,
        _ terms: AuctionTerms = .init(unixNanoseconds: 0),
        audience: Audience? = nil, ledger: SpendLedger = SpendLedger(), day: Int64 = 0,
        profile: Profile = Profile(), limit: Int = 0, explain: Int = 0, slice: Int = 10_000,
        time: any TimeSource = SystemTime()
    ) -> AuctionResult {
        var job = AuctionJob(
            Subject(profile: profile), candidates: source,
            scoring: AdScoring(model: .handSet, ads: table), terms: terms,
            audience: audience ?? Self.audience(unixNanoseconds: terms.unixNanoseconds),
            spending: ledger.spending(on: day, of: table), limit: limit, explain: explain,
            time: time)
        while !job.isDone { job.advance(maxCandidates: slice) }
        return job.finish()
    }
}
