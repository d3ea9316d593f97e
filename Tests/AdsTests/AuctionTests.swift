import Base
import Inference
import Ranking
import Store
import Testing

@testable import Ads

@Suite struct AuctionTests {
    @Test func adsThatMayNotRunSayWhyInTheOrderOfTheRequest() throws {
        let table = AdWorld.table([
            AdWorld.ad("poor", micros: 1), AdWorld.ad("early", start: 101),
            AdWorld.ad("over", end: 100), AdWorld.ad("euro", currency: "EUR"),
            AdWorld.ad("fine", start: 100, end: 101),
        ])
        let result = AdWorld.run(
            AdWorld.Rows(count: 5), of: table,
            AuctionTerms(unixNanoseconds: 100, floorMicros: 1_000))
        #expect(result.ads.map(\.requestIndex) == [4])
        #expect(result.noBids.map(\.requestIndex) == [0, 1, 2, 3])
        #expect(
            result.noBids.map(\.reason) == [
                .belowFloor, .campaignNotRunning, .campaignNotRunning, .currencyMismatch,
            ])
    }

    @Test func anOverrideReplacesTheBidAndItsCurrency() throws {
        let table = AdWorld.table([AdWorld.ad("a", micros: 1, currency: "EUR")])
        let result = AdWorld.run(AdWorld.Rows(count: 1, bids: [0: 2_000_000]), of: table)
        let ad = try #require(result.ads.first)
        #expect(
            ad.ecpmMicros
                == EffectiveCPM.micros(probability: ad.clickProbability, bidMicros: 2_000_000))
    }

    @Test func inlineAdsAreHeldToTheSameTerms() throws {
        let ads = [
            AdWorld.ad("usd"), AdWorld.ad("fine", currency: "EUR"),
            AdWorld.ad("over", currency: "EUR", end: 100),
            AdWorld.ad("phones", currency: "EUR") {
                $0.rules = [TargetingRule(.device, values: ["phone"])]
            },
        ]
        let result = AdWorld.run(
            AdWorld.Described(ads), of: .empty,
            AuctionTerms(unixNanoseconds: 100, currencyCode: "EUR"), explain: 1)
        #expect(result.ads.map(\.requestIndex) == [1])
        #expect(
            result.noBids.map(\.reason) == [
                .currencyMismatch, .campaignNotRunning, .unsupportedDevice,
            ])
        #expect(result.explanation?.rowCount == 1)
    }

    @Test func eachPricingIsWorthWhatItSays() throws {
        let table = AdWorld.table(
            AdPricing.allCases.map { pricing in
                AdWorld.ad("\(pricing)", micros: 3_000_000) { $0.pricing = pricing }
            })
        let ads = AdWorld.run(AdWorld.Rows(count: 3), of: table).ads
        for ad in ads {
            let expected: Int64 =
                switch ad.pricing {
                case .impression: 3_000_000
                case .click:
                    EffectiveCPM.micros(probability: ad.clickProbability, bidMicros: 3_000_000)
                case .conversion:
                    EffectiveCPM.micros(
                        probability: ad.conversionProbability, bidMicros: 3_000_000)
                }
            #expect(ad.ecpmMicros == expected)
        }
        #expect(Set(ads.map(\.pricing)).count == 3)
    }

    /// Money over random bids, currencies, prices and floors: the order is total and stable, no slice
    /// or limit changes it, every candidate has an answer, and eCPM is what the reply's own numbers say.
    @Test(arguments: 0..<40) func orderIsTotalStableAndIndependentOfSlices(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let ads = (0..<60).map { number in
            AdWorld.ad(
                "ad\(number)",
                micros: Bool.random(using: &random)
                    ? Int64.random(in: 1...5, using: &random) * 100_000
                    : Int64.random(in: 1...Bid.maxMicros, using: &random),
                currency: Int.random(in: 0..<4, using: &random) == 0 ? "EUR" : "USD"
            ) { $0.pricing = AdPricing.allCases.randomElement(using: &random) ?? .click }
        }
        let table = AdWorld.table(ads, vectors: (0..<30).map { _ in AdWorld.vector(&random) })
        let terms = AuctionTerms(
            unixNanoseconds: 0, floorMicros: Int64.random(in: 0...4_000_000, using: &random))
        let whole = AdWorld.run(AdWorld.Rows(count: 60), of: table, terms)
        #expect(whole.ads.count + whole.noBids.count == 60)
        for (before, after) in zip(whole.ads, whole.ads.dropFirst()) {
            #expect(
                before.ecpmMicros > after.ecpmMicros
                    || (before.ecpmMicros == after.ecpmMicros
                        && before.requestIndex < after.requestIndex)
            )
        }
        for ad in whole.ads {
            #expect(ad.ecpmMicros >= terms.floorMicros)
            #expect(
                ad.ecpmMicros
                    == EffectiveCPM.micros(
                        ad.pricing, clickProbability: ad.clickProbability,
                        conversionProbability: ad.conversionProbability,
                        bidMicros: table.bidMicros[ad.requestIndex]))
        }
        let sliced = AdWorld.run(AdWorld.Rows(count: 60), of: table, terms, limit: 5, slice: 7)
        #expect(sliced.ads == Array(whole.ads.prefix(5)))
        #expect(sliced.noBids == whole.noBids)
    }

    @Test(arguments: 0..<20) func explanationsAddUpToTheLogit(seed: UInt64) throws {
        var random = SeededRandom(seed: 100 + seed)
        let table = AdWorld.table(
            (0..<20).map { AdWorld.ad("ad\($0)") },
            vectors: (0..<15).map { _ in AdWorld.vector(&random) })
        var profile = Profile()
        profile.interest = AdWorld.vector(&random)
        profile.logPriceMean = 1
        let result = AdWorld.run(
            AdWorld.Rows(count: 20), of: table, profile: profile, explain: 20)
        let explanation = try #require(result.explanation)
        let width = explanation.featureNames.count
        for (index, ad) in result.ads.enumerated() {
            let row = explanation.contributions[index * width..<(index + 1) * width]
            #expect(abs(row.reduce(explanation.bias, +) - ad.logit) <= 1e-5)
        }
    }

    @Test func aStrangersClickRateIsThatOfDisplayAdvertising() throws {
        let ad = try #require(
            AdWorld.run(AdWorld.Described([AdWorld.ad("a")]), of: .empty).ads.first)
        #expect((0.01...0.02).contains(ad.clickProbability))
    }

    /// A clock that moves on with every look at it.
    private final class StepTime: TimeSource, @unchecked Sendable {
        // Safe: one test's thread.
        private var looks: UInt64 = 0

        func now() -> MonotonicTime {
            looks += 1
            return MonotonicTime(nanoseconds: looks)
        }

        func unixNanoseconds() -> Int64 { 0 }
    }

    @Test func atTheDeadlineTheBestSoFarStandsAndTheRestHasNoTime() throws {
        let table = AdWorld.table(
            (0..<1_000).map { AdWorld.ad("ad\($0)", micros: Int64($0 + 1) * 1_000) })
        var terms = AuctionTerms(unixNanoseconds: 0)
        terms.deadline = MonotonicTime(nanoseconds: 4)
        let result = AdWorld.run(
            AdWorld.Rows(count: 1_000), of: table, terms, limit: 3, explain: 3, time: StepTime())
        #expect(result.isPartial)
        #expect(result.noBids.allSatisfy { $0.reason == .insufficientTime })
        let looked = 1_000 - result.noBids.count
        #expect((1..<1_000).contains(looked))
        #expect(result.ads.map(\.requestIndex) == [looked - 1, looked - 2, looked - 3])
        #expect(result.explanation?.rowCount == 3)
        terms.deadline = .distantFuture
        #expect(!AdWorld.run(AdWorld.Rows(count: 1_000), of: table, terms).isPartial)
    }
}
