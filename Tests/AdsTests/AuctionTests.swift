import Base
import Inference
import Ranking
import Store
import Testing

@testable import Ads

@Suite struct AuctionTests {
    private static func vector(_ random: inout SeededRandom) -> Int8Vector {
        Int8Vector(quantizing: (0..<8).map { _ in Float.random(in: -0.5...0.5, using: &random) })
    }

    private static func table(_ ads: [Ad], vectors: [Int8Vector] = []) -> AdTable {
        AdTable(
            ads: ads,
            creatives: ItemTable(
                items: ads.map { Item(id: $0.id, category: $0.creative.category) },
                vectors: Int8VectorTable(dimension: 8, rows: vectors),
                vectorRows: ads.indices.map { $0 < vectors.count ? Int32($0) : -1 },
                popularity: [Float](repeating: 0, count: ads.count)))
    }

    private static func ad(
        _ id: String, micros: Int64 = 1_000_000, currency: String = "USD", start: Int64? = nil,
        end: Int64? = nil
    ) -> Ad {
        Ad(
            id: id, campaignId: "c", creative: Item(id: ""),
            bid: Money(micros: micros, currencyCode: currency), startUnixNanoseconds: start,
            endUnixNanoseconds: end)
    }

    private static func run(
        _ candidates: AdCandidateList, limit: Int = 0, explain: Int = 0, slice: Int = 10_000
    ) -> AuctionResult {
        var job = AuctionJob(
            Subject(profile: Profile()), candidates: candidates, limit: limit, explain: explain)
        while !job.isDone { job.advance(maxCandidates: slice) }
        return job.finish()
    }

    @Test func adsThatMayNotRunSayWhyInTheOrderOfTheRequest() throws {
        let table = Self.table([
            Self.ad("poor", micros: 1), Self.ad("early", start: 101), Self.ad("over", end: 100),
            Self.ad("euro", currency: "EUR"), Self.ad("fine", start: 100, end: 101),
        ])
        let terms = AuctionTerms(unixNanoseconds: 100, floorMicros: 1_000)
        var candidates = AdCandidateList(table: table, terms: terms)
        for row in 0..<5 { try candidates.append(row: row, requestIndex: row) }
        let result = Self.run(candidates)
        #expect(result.ads.map(\.requestIndex) == [4])
        #expect(
            result.noBids == [
                NoBid(requestIndex: 0, reason: .belowFloor),
                NoBid(requestIndex: 1, reason: .campaignNotRunning),
                NoBid(requestIndex: 2, reason: .campaignNotRunning),
                NoBid(requestIndex: 3, reason: .currencyMismatch),
            ])
    }

    @Test func anOverrideReplacesTheBidAndItsCurrency() throws {
        let table = Self.table([Self.ad("a", micros: 1, currency: "EUR")])
        var candidates = AdCandidateList(table: table, terms: AuctionTerms(unixNanoseconds: 0))
        try candidates.append(row: 0, bidOverride: 2, requestIndex: 0)
        let ad = try #require(Self.run(candidates).ads.first)
        #expect(
            ad.ecpmMicros
                == EffectiveCPM.micros(clickProbability: ad.clickProbability, bidMicros: 2_000_000))
    }

    @Test func badBidsAreFaultsThatNameTheField() {
        let table = Self.table([Self.ad("a"), Self.ad("broken", micros: 0)])
        var candidates = AdCandidateList(table: table, terms: AuctionTerms(unixNanoseconds: 0))
        for bid in [Double.nan, -1, .infinity, 1e30] {
            let fault = #expect(throws: Fault.self) {
                try candidates.append(row: 0, bidOverride: bid, requestIndex: 4)
            }
            #expect(fault?.fieldViolations.first?.field == "ad_bids[4].bid")
        }
        let stored = #expect(throws: Fault.self) { try candidates.append(row: 1, requestIndex: 5) }
        #expect(stored?.code == .failedPrecondition)
        let inline = #expect(throws: Fault.self) {
            try candidates.append(
                Self.ad("b", micros: -5), vector: nil, requestIndex: 6, field: "ads[2]")
        }
        #expect(inline?.fieldViolations.first?.field == "ads[2].bid.micros")
    }

    @Test func inlineAdsAreHeldToTheSameTerms() throws {
        let terms = AuctionTerms(unixNanoseconds: 100, currencyCode: "EUR")
        var candidates = AdCandidateList(table: .empty, terms: terms)
        let ads = [
            Self.ad("usd"), Self.ad("fine", currency: "EUR"),
            Self.ad("over", currency: "EUR", end: 100),
        ]
        for (index, ad) in ads.enumerated() {
            try candidates.append(ad, vector: nil, requestIndex: index, field: "ads[\(index)]")
        }
        let result = Self.run(candidates, explain: 1)
        #expect(result.ads.map(\.requestIndex) == [1])
        #expect(result.noBids.map(\.reason) == [.currencyMismatch, .campaignNotRunning])
        #expect(result.explanation?.rowCount == 1)
    }

    @Test(arguments: 0..<20) func orderIsTotalStableAndIndependentOfSlices(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let ads = (0..<60).map {
            Self.ad("ad\($0)", micros: Int64.random(in: 1...5, using: &random) * 100_000)
        }
        let table = Self.table(ads, vectors: (0..<30).map { _ in Self.vector(&random) })
        let terms = AuctionTerms(unixNanoseconds: 0, floorMicros: 2_000_000)
        var candidates = AdCandidateList(table: table, terms: terms)
        for row in 0..<60 { try candidates.append(row: row, requestIndex: row) }
        let whole = Self.run(candidates)
        #expect(whole.ads.count + whole.noBids.count == 60)
        for (before, after) in zip(whole.ads, whole.ads.dropFirst()) {
            #expect(
                before.ecpmMicros > after.ecpmMicros
                    || (before.ecpmMicros == after.ecpmMicros
                        && before.requestIndex < after.requestIndex)
            )
        }
        for ad in whole.ads {
            #expect(
                ad.ecpmMicros
                    == EffectiveCPM.micros(
                        clickProbability: ad.clickProbability,
                        bidMicros: table.bidMicros[ad.requestIndex]))
        }
        let sliced = Self.run(candidates, limit: 5, slice: 7)
        #expect(sliced.ads == Array(whole.ads.prefix(5)))
        #expect(sliced.noBids == whole.noBids)
    }

    @Test(arguments: 0..<20) func explanationsAddUpToTheLogit(seed: UInt64) throws {
        var random = SeededRandom(seed: 100 + seed)
        let table = Self.table(
            (0..<20).map { Self.ad("ad\($0)") }, vectors: (0..<15).map { _ in Self.vector(&random) }
        )
        var profile = Profile()
        profile.interest = Self.vector(&random)
        profile.logPriceMean = 1
        var candidates = AdCandidateList(table: table, terms: AuctionTerms(unixNanoseconds: 0))
        for row in 0..<20 { try candidates.append(row: row, requestIndex: row) }
        var job = AuctionJob(
            Subject(profile: profile), candidates: candidates, limit: 0, explain: 20)
        job.advance(maxCandidates: 20)
        let result = job.finish()
        let explanation = try #require(result.explanation)
        let width = explanation.featureNames.count
        for (index, ad) in result.ads.enumerated() {
            let row = explanation.contributions[index * width..<(index + 1) * width]
            #expect(abs(row.reduce(explanation.bias, +) - ad.logit) <= 1e-5)
        }
    }

    @Test func aStrangersClickRateIsThatOfDisplayAdvertising() throws {
        var candidates = AdCandidateList(table: .empty, terms: AuctionTerms(unixNanoseconds: 0))
        try candidates.append(Self.ad("a"), vector: nil, requestIndex: 0, field: "ads[0]")
        let ad = try #require(Self.run(candidates).ads.first)
        #expect((0.01...0.02).contains(ad.clickProbability))
    }
}
