import Base
import Testing

@testable import Messages
@testable import Store

@Suite struct PeopleMessagesTests {
    private let codec = MessageCodec(limits: Limits())

    private static let view: ProfileView = {
        var profile = Profile()
        profile.eventCount = 9
        profile.lastEventUnixNanoseconds = 5_000_000_001
        profile.recentItems = [
            .init(itemId: "a", unixNanoseconds: 7, vector: nil),
            .init(itemId: "b", unixNanoseconds: 5, vector: nil),
        ]
        profile.interests = [
            .init(leader: 1, itemCount: 3, share: 0.75),
            .init(leader: 0, itemCount: 1, share: 0.25),
        ]
        profile.searches = [.init(text: "trail shoes", unixNanoseconds: 77)]
        profile.categoryAffinity = ["x": 0.5, "y > z": 0.25]
        profile.priceBandAffinity = ["1-2": 1]
        profile.activity.hours[23] = 4
        profile.activity.weekdays[0] = 3
        profile.activity.types[3] = 4
        profile.activity.channels = ["web": 2, "store": 2]
        profile.activity.devices = ["phone": 1]
        profile.activity.weeks = [Activity.Week](repeating: .init(), count: 13)
        profile.activity.weeks[12].spentMicros = 8
        profile.rfm.purchaseCount = 4
        profile.rfm.purchaseDayCount = 2
        profile.rfm.paidCount = 4
        profile.rfm.totalMicros = 8_000_000
        profile.rfm.currencyCode = "EUR"
        profile.rfm.firstPurchaseUnixNanoseconds = 3
        profile.rfm.lastPurchaseUnixNanoseconds = 7
        profile.attributes = ["age": "35-44"]
        return ProfileView(
            profile: profile, segment: SegmentName(id: "s1", name: "Frequent buyers"),
            quintiles: Quintiles(recency: 1, frequency: 5, monetary: 0), leftOut: ["typical_price"])
    }()

    @Test func aProfileComesOverTheWireAsItWas() throws {
        let bytes = codec.encodeGetProfileResponse(Self.view)
        #expect(try codec.decodeGetProfileResponse(bytes.span.bytes) == Self.view)
        let empty = codec.encodeGetProfileResponse(ProfileView(profile: Profile()))
        #expect(
            try codec.decodeGetProfileResponse(empty.span.bytes) == ProfileView(profile: Profile()))
    }

    @Test func aKeptReplyIsOfItsPopulationAndOfItsLabels() throws {
        let version = ProfileVersion(Self.view.profile)
        let population = Snapshot<PopulationModel?>(nil)
        let reply = codec.encodeGetProfileResponse(version, .all, in: population.loadNumbered())
        #expect(reply == codec.encodeGetProfileResponse(Self.view.profile.view(.all, in: nil)))
        #expect(version.reply?.bytes == reply)
        // What is kept is given out again, to nobody who may see less, and not of another population.
        version.reply = KeptReply(bytes: [1], populationGeneration: 0)
        #expect(
            codec.encodeGetProfileResponse(version, .all, in: population.loadNumbered()) == [1])
        #expect(
            codec.encodeGetProfileResponse(version, DataLabels([]), in: population.loadNumbered())
                == codec.encodeGetProfileResponse(Self.view.profile.view(DataLabels([]), in: nil)))
        population.store(nil)
        #expect(
            codec.encodeGetProfileResponse(version, .all, in: population.loadNumbered()) == reply)
    }

    @Test func aReportComesOverTheWireAsItWas() throws {
        let report = UserReport(
            view: Self.view, summary: ["One.", "Two."],
            interests: [
                .init(itemId: "b", title: "Boots", category: "Shoes", itemCount: 3, share: 0.75)
            ], churnRisk: ChurnRisk(level: .high, daysSincePurchase: 9, usualDays: 2),
            trend: Trend(direction: .falling, recentWeeklyEvents: 1, earlierWeeklyEvents: 2.5),
            asOfUnixNanoseconds: 11)
        let bytes = codec.encodeGetUserReportResponse(report)
        #expect(try codec.decodeGetUserReportResponse(bytes.span.bytes) == report)
        let request = GetUserReportRequest(userId: "u", asOfUnixNanoseconds: 12)
        let asked = codec.encodeGetUserReportRequest(request)
        #expect(try codec.decodeGetUserReportRequest(asked.span.bytes) == request)
        let unnamed = codec.encodeGetUserReportRequest(GetUserReportRequest(userId: ""))
        #expect(throws: Fault.self) { try codec.decodeGetUserReportRequest(unnamed.span.bytes) }
    }

    @Test func segmentsComeOverTheWireAsTheyWere() throws {
        var builder = try PopulationBuilder(previous: nil, segmentCount: 2)
        for number in 0..<40 {
            var profile = Self.view.profile
            profile.rfm.purchaseCount = number < 20 ? 4 : 400
            builder.add(profile)
        }
        let model = builder.model()
        let bytes = codec.encodeListSegmentsResponse(model)
        let list = try codec.decodeListSegmentsResponse(bytes.span.bytes)
        #expect(list.userCount == 40 && list.buyerCount == 40)
        #expect(list.asOfUnixNanoseconds == 5_000_000_001)
        #expect(list.segments.map(\.name) == model.segments.map(\.name))
        #expect(list.segments.map(\.categories) == model.segments.map(\.categories))
        let none = codec.encodeListSegmentsResponse(nil)
        #expect(try codec.decodeListSegmentsResponse(none.span.bytes).segments.isEmpty)
    }

    @Test func rejectedEventsAreCountedByField() {
        var response = IngestEventsResponse()
        for (index, field) in ["time", "value", "time"].enumerated() {
            response.reject(
                .init(
                    index: index, eventId: "",
                    fault: .invalid("events[\(index)].event.\(field)", "wrong")),
                maxNamed: 2)
        }
        #expect(response.rejectedCounts == ["event.time": 2, "event.value": 1])
        #expect(response.rejected.map(\.index) == [0, 1])
    }
}
