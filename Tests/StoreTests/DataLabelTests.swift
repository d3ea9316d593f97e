import Base
import Inference
import Testing

@testable import Store

@Suite struct DataLabelTests {
    private static let full: Profile = {
        var profile = ProfileCodecTests.full
        profile.attributes = [
            "age": "35-44", "income": "50-74K", "region": "7", "religion": "none",
        ]
        return profile
    }()

    @Test func attributesHaveLabelsAndUnknownOnesAreSensitive() {
        #expect(DataLabel(attribute: "Age") == .demographic)
        #expect(DataLabel(attribute: "income") == .financial)
        #expect(DataLabel(attribute: "region") == .location)
        #expect(DataLabel(attribute: "tags") == .tag)
        #expect(DataLabel(attribute: "religion") == .sensitive)
    }

    @Test func labelsAreNamedAndAWrongNameIsRefused() throws {
        #expect(try DataLabels(names: DataLabel.allCases.map(\.rawValue)) == .all)
        #expect(try DataLabels(names: ["spend", "text"]) == DataLabels([.text, .spend]))
        let fault = #expect(throws: Fault.self) { try DataLabels(names: ["spend", "everything"]) }
        #expect(fault?.fieldViolations.first?.field == "labels")
    }

    @Test func allLabelsSeeAll() {
        #expect(Self.full.permitted(.all) == ProfileView(profile: Self.full))
    }

    @Test func noLabelsSeeNothingAndAreToldOfAll() {
        let view = Self.full.permitted([])
        #expect(view.profile == Profile())
        #expect(
            view.leftOut == [
                "activity", "activity.weeks.spent_micros", "attributes.age", "attributes.income",
                "attributes.region", "attributes.religion", "brands", "categories", "event_count",
                "interests", "last_event_time", "price_bands", "purchases.average",
                "purchases.count", "purchases.day_count", "purchases.first_time",
                "purchases.last_time", "purchases.quintiles", "purchases.quintiles.monetary",
                "purchases.total", "recent_items", "recent_searches", "segment", "typical_price",
            ])
        #expect(Profile().permitted([]) == ProfileView(profile: Profile()))
    }

    /// Each label gives its own part back, and together they give all.
    @Test(arguments: DataLabel.allCases)
    func everyLabelGivesItsOwnPart(label: DataLabel) {
        let one = Self.full.permitted(DataLabels([label]))
        let others = Self.full.permitted(DataLabels(DataLabel.allCases.filter { $0 != label }))
        let hasPart = label != .tag
        #expect((one.profile != Profile()) == hasPart)
        #expect((others.profile != Self.full) == hasPart)
        // A segment is of activity and spend both.
        #expect(Set(one.leftOut).intersection(others.leftOut).isSubset(of: ["segment"]))
    }

    @Test func partsKeepToTheirLabels() {
        let spend = Self.full.permitted(DataLabels([.spend])).profile
        #expect(spend.rfm.totalMicros == 12 && spend.rfm.purchaseCount == 0)
        #expect(spend.logPriceMean == 1.5 && spend.recentItems.isEmpty && spend.interest == nil)
        let activity = Self.full.permitted(DataLabels([.activity])).profile
        #expect(activity.rfm.purchaseCount == 3 && activity.rfm.totalMicros == 0)
        #expect(activity.interest == Self.full.interest && activity.searches.isEmpty)
        #expect(activity.activity.weeks.last?.purchases == 1)
        #expect(activity.activity.weeks.last?.spentMicros == 0 && activity.attributes.isEmpty)
    }

    @Test func eventsKeepToTheLabelsToo() {
        let event = Event(
            itemId: "a", type: .purchase, unixNanoseconds: 1,
            value: Money(micros: 5, currencyCode: "USD"), query: "shoes", text: "nice",
            attributes: ["coupon": "x"])
        #expect(event.permitted(.all) == event)
        #expect(event.permitted(DataLabels([.spend, .text, .sensitive])) == nil)
        let bare = event.permitted(DataLabels([.activity]))
        #expect(bare == Event(itemId: "a", type: .purchase, unixNanoseconds: 1))
    }
}
