import Base
import Store
import Testing

@testable import Ads

@Suite struct TargetingTests {
    private static let values = ["a", "b", "c", "d"]

    private static func rules(_ random: inout SeededRandom) -> [TargetingRule] {
        var rules: [TargetingRule] = []
        for field in TargetingField.allCases where field != .hour && field != .weekday {
            for excludes in [false, true] where Int.random(in: 0..<6, using: &random) == 0 {
                let attribute = field == .attribute ? "kind" : ""
                let count = Int.random(in: 1...2, using: &random)
                rules.append(
                    TargetingRule(
                        field, attribute: attribute,
                        values: (0..<count).map { _ in
                            values.randomElement(using: &random) ?? "a"
                        }, excludes: excludes))
            }
        }
        return rules
    }

    private static func context(_ random: inout SeededRandom) -> TargetingContext {
        func value() -> String {
            Bool.random(using: &random) ? values.randomElement(using: &random) ?? "" : ""
        }
        var context = TargetingContext(unixNanoseconds: 0)
        context.segmentId = value()
        if context.segmentId == "" { context.segmentId = nil }
        context.attributes = ["Kind": value()]
        context.region = value()
        context.device = value().uppercased()
        context.channel = value()
        context.placement = value()
        context.categories = [value(), "\(value()) > x"]
        return context
    }

    /// What the bitsets say of every ad is what its rules say one by one, also for tables that were
    /// changed ad by ad, and the no-bid reason is of a rule that does not hold.
    @Test(arguments: 0..<30) func bitsetsSayWhatTheRulesSay(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let ads = (0..<200).map { number in
            AdWorld.ad("ad\(number)") { $0.rules = Self.rules(&random) }
        }
        let table = AdWorld.table(ads)
        for _ in 0..<5 {
            let context = Self.context(&random)
            let audience = Audience(context, impressions: [])
            let result = AdWorld.run(AdWorld.Rows(count: 200), of: table, audience: audience)
            let bids = Set(result.ads.map(\.requestIndex))
            for (index, ad) in ads.enumerated() {
                #expect(bids.contains(index) == ad.delivery.rules.allSatisfy(context.satisfies))
            }
            for noBid in result.noBids {
                let broken = ads[noBid.requestIndex].delivery.rules.filter {
                    !context.satisfies($0)
                }
                let fields = Set(broken.map(\.field))
                switch noBid.reason {
                case .unmatchedUser: #expect(fields.contains { $0.isOfUser })
                case .unsupportedDevice: #expect(fields.contains(.device))
                default: #expect(noBid.reason == .unmatchedContext)
                }
            }
        }
    }

    @Test func whatIsNotKnownMeetsNoInclusionAndNoExclusion() {
        let context = TargetingContext(unixNanoseconds: 0)
        for field in TargetingField.allCases where field != .hour && field != .weekday {
            let name = field == .attribute ? "age" : ""
            #expect(!context.satisfies(TargetingRule(field, attribute: name, values: ["x"])))
            #expect(
                context.satisfies(
                    TargetingRule(field, attribute: name, values: ["x"], excludes: true)))
        }
    }

    @Test func hoursAndWeekdaysAreTheUsers() {
        // Monday 2024-01-01, 23:30 UTC.
        let time: Int64 = 1_704_151_800_000_000_000
        let utc = TargetingContext(unixNanoseconds: time)
        #expect(utc.values(of: .hour, attribute: "") == ["23"])
        #expect(utc.values(of: .weekday, attribute: "") == ["1"])
        let berlin = TargetingContext(unixNanoseconds: time, utcOffsetMinutes: 60)
        #expect(berlin.values(of: .hour, attribute: "") == ["0"])
        #expect(berlin.values(of: .weekday, attribute: "") == ["2"])
        let before1970 = TargetingContext(unixNanoseconds: -1)
        #expect(before1970.values(of: .hour, attribute: "") == ["23"])
        #expect(before1970.values(of: .weekday, attribute: "") == ["3"])
        for extreme in [Int64.min, .max] {
            _ = TargetingContext(unixNanoseconds: extreme, utcOffsetMinutes: 1_439)
        }
    }

    @Test func aCategoryStandsForThoseBelowIt() {
        var context = TargetingContext(unixNanoseconds: 0)
        context.categories = ["Pets > Cats > Food"]
        #expect(context.satisfies(TargetingRule(.category, values: ["pets > CATS"])))
        #expect(!context.satisfies(TargetingRule(.category, values: ["Cats"])))
    }

    @Test func theRegionOfTheRequestComesBeforeThatOfTheUser() {
        var context = TargetingContext(unixNanoseconds: 0)
        context.attributes = ["region": "DE-BY"]
        #expect(context.satisfies(TargetingRule(.region, values: ["de-by"])))
        context.region = "FR"
        #expect(!context.satisfies(TargetingRule(.region, values: ["de-by"])))
    }

    @Test func aDryRunNamesEveryRuleThatExcludes() throws {
        let table = AdWorld.table([
            AdWorld.ad("a") {
                $0.rules = [
                    TargetingRule(.device, values: ["phone"]),
                    TargetingRule(.channel, values: ["web"], excludes: true),
                    TargetingRule(.placement, values: ["top"]),
                ]
                $0.frequencyCap = FrequencyCap(impressions: 1, hours: 1)
            }
        ])
        var terms = AuctionTerms(unixNanoseconds: 0)
        terms.isDryRun = true
        let audience = AdWorld.audience(
            impressions: [.init(campaignId: "c", unixNanoseconds: -1)]
        ) {
            $0.channel = "web"
            $0.placement = "top"
        }
        let result = AdWorld.run(AdWorld.Rows(count: 1), of: table, terms, audience: audience)
        let noBid = try #require(result.noBids.first)
        #expect(
            noBid.excludedBy == [
                "device is phone: it is not known", "channel is not web: it is web",
                "frequency cap: 1 in 1 hours, reached",
            ])
    }

    @Test func capsCountTheCampaignsImpressionsInTheirWindow() {
        let hour: Int64 = 3_600_000_000_000
        let table = AdWorld.table([
            AdWorld.ad("a", campaign: "x") {
                $0.frequencyCap = FrequencyCap(impressions: 2, hours: 3)
            },
            AdWorld.ad("b", campaign: "y") {
                $0.frequencyCap = FrequencyCap(impressions: 2, hours: 3)
            }, AdWorld.ad("c", campaign: "x"),
        ])
        func reasons(_ hours: [Int64]?) -> [NoBidReason] {
            let impressions = hours?.map {
                Profile.AdImpression(campaignId: "x", unixNanoseconds: 100 * hour - $0 * hour)
            }
            let audience = AdWorld.audience(
                unixNanoseconds: 100 * hour, impressions: impressions)
            return AdWorld.run(
                AdWorld.Rows(count: 3), of: table, AuctionTerms(unixNanoseconds: 100 * hour),
                audience: audience
            ).noBids.map(\.reason)
        }
        #expect(reasons([]) == [])
        #expect(reasons([1]) == [])
        #expect(reasons([1, 2]) == [.userCapMet])
        #expect(reasons([1, 3, 4]) == [])
        // The caller may not know: both capped campaigns stay away.
        #expect(reasons(nil) == [.userCapMet, .userCapMet])
    }

    @Test func rulesThatAreNoneAreRefused() {
        let good = TargetingRule(.hour, values: ["0", "23"])
        #expect(TargetingRule.defect(in: [good]) == nil)
        for bad in [
            TargetingRule(.hour, values: ["24"]), TargetingRule(.weekday, values: ["0"]),
            TargetingRule(.device, values: []), TargetingRule(.device, values: [""]),
            TargetingRule(.attribute, values: ["x"]),
            TargetingRule(.device, attribute: "x", values: ["x"]),
        ] {
            #expect(TargetingRule.defect(in: [good, bad])?.index == 1)
        }
        #expect(TargetingRule.defect(in: [good, good])?.index == 1)
    }
}
