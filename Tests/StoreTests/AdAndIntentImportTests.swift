import Base
import Inference
import Testing

@testable import Store

@Suite struct AdAndIntentImportTests {
    @Test func adsBecomeColumns() throws {
        let test = try TestStore()
        try test.items("item,title,category,brand\ni,Milk,DAIRY,12\n")
        let summary = try test.ads(
            """
            ad,campaign,title,category,brand,bid,bid_currency,start,end,theme
            x,c1,Milk,DAIRY,12,0.25,USD,2017-03-03,2017-04-09,spring
            y,c2,Bread,BAKERY,13,1,EUR,,,
            z,c2,No bid,,,,USD,,,
            w,c2,Backwards,,,1,USD,2017-04-09,2017-03-03,

            """)
        #expect(summary.stored == 2 && summary.rejected == 2)
        #expect(summary.firstRejections.map(\.reason) == ["bid: missing", "end: not after start"])
        let catalog = try test.catalog()
        let ads = catalog.ads
        #expect(ads.count == 2 && ads.row(of: "y") == 1)
        #expect(ads.bidMicros == [250_000, 1_000_000])
        #expect(ads.currencyCodes == [0, 1])
        #expect(ads.ad(at: 0).campaignId == "c1")
        #expect(ads.ad(at: 0).creative.attributes == ["theme": "spring"])
        #expect(ads.endUnixNanoseconds[1] == .max && ads.startUnixNanoseconds[1] == .min)
        let start = ads.startUnixNanoseconds[0]
        #expect(ads.isRunning(row: 0, atUnixNanoseconds: start))
        #expect(!ads.isRunning(row: 0, atUnixNanoseconds: start - 1))
        #expect(!ads.isRunning(row: 0, atUnixNanoseconds: ads.endUnixNanoseconds[0]))
        // One dictionary for items and ads: codes compare across them.
        #expect(ads.creatives.categoryCodes[0] == catalog.items.categoryCodes[0])
        #expect(ads.creatives.vectorRows[0] == catalog.items.vectorRows[0])
        #expect(try test.ads("ad,campaign,title,bid,bid_currency\ny,c2,Bread,2,EUR\n").stored == 1)
        #expect(try test.catalog().ads.bidMicros[1] == 2_000_000)
    }

    @Test func deliveryHasColumnsOfItsOwn() throws {
        let test = try TestStore()
        let summary = try test.ads(
            """
            ad,campaign,title,bid,bid_currency,pricing,daily_budget,pacing,cap_impressions,cap_hours,target.device,exclude.attribute.age
            x,c1,Milk,0.25,USD,impression,12.5,front_loaded,3,24,Phone | tablet,18-24
            y,c1,Milk,0.25,USD,,20,,,,,
            z,c1,Milk,0.25,USD,hope,,,,,,
            w,c1,Milk,0.25,USD,,,,3,,,

            """)
        #expect(
            summary.firstRejections.map(\.reason) == [
                "pricing: none of click, impression, conversion",
                "cap_impressions, cap_hours: not 1 to 20 in 1 to 720 hours",
            ])
        let ads = try test.catalog().ads
        let delivery = ads.ad(at: 0).delivery
        #expect(delivery.pricing == .impression && delivery.pacing == .frontLoaded)
        #expect(delivery.frequencyCap == FrequencyCap(impressions: 3, hours: 24))
        #expect(
            delivery.rules == [
                TargetingRule(.device, values: ["phone", "tablet"]),
                TargetingRule(.attribute, attribute: "age", values: ["18-24"], excludes: true),
            ])
        // The smallest budget of the campaign holds.
        #expect(ads.accounts.count == 1 && ads.budgets[0]?.micros == 12_500_000)
        #expect(ads.ad(at: 1).delivery.pricing == .click)
        #expect(ads.ad(at: 0).creative.attributes.isEmpty)
    }

    @Test func anEventMayNameAnAd() throws {
        let test = try TestStore()
        try test.ads("ad,campaign,title,category,bid,bid_currency\nx,c1,Milk,DAIRY,1,USD\n")
        let summary = try test.events("user,item,type,time\nu,x,redemption,2024-01-01\n")
        #expect(summary.unknownItems == 0)
        let profile = try #require(try test.profile("u"))
        #expect(profile.categoryAffinity == ["DAIRY": 1])
        #expect(profile.interest != nil)
        #expect(profile.rfm.purchaseCount == 0)
    }

    @Test func aBidMayBeInThePricesCurrency() throws {
        let test = try TestStore()
        try test.ads("ad,campaign,title,price,currency,bid\nx,c1,Milk,2,EUR,0.1\n")
        #expect(
            try test.catalog().ads.ad(at: 0).bid == Money(micros: 100_000, currencyCode: "EUR"))
    }

    @Test func intentsAreReplacedByTheirNames() throws {
        let test = try TestStore()
        let text = """
            {"intent": "refund", "examples": ["money back", "refund me"], "answer": "In 5 days."}
            {"intent": "hours", "examples": ["when do you open"]}
            {"intent": "none", "examples": []}
            {"examples": ["x"]}
            """
        let summary = try test.intents(text)
        #expect(summary.rows == 4 && summary.stored == 2 && summary.rejected == 2)
        #expect(summary.textsEncoded == 3)
        #expect(try test.intents(text).stored == 0)
        var intents = try test.catalog().intents
        #expect(intents.definitions.map(\.name) == ["hours", "refund"])
        #expect(intents.exampleRows == [0..<1, 1..<3])
        #expect(intents.definitions[1].answer == "In 5 days.")
        try test.intents(#"{"intent": "refund", "examples": ["refund me"], "answer": "Soon."}"#)
        intents = try test.catalog().intents
        #expect(intents.definitions[1].examples == ["refund me"])
        #expect(intents.exampleVectors.rowCount == 2)
    }
}
