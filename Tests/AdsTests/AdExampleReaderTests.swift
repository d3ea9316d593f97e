import Base
import Store
import Testing

@testable import Ads

@Suite struct AdExampleReaderTests {
    private static let hour: Int64 = 3_600 * 1_000_000_000
    private static let world = ResponseWorld(seed: 1)
    private static let pseudonym = Pseudonym(bytes: [UInt8](repeating: 7, count: 32))

    private static func event(
        _ type: EventType, _ item: String, hours: Int64, id: String = ""
    ) -> EnrichedEvent {
        EnrichedEvent(
            event: Event(
                itemId: item, type: type, unixNanoseconds: ResponseWorld.start + hours * hour,
                eventId: id),
            vector: nil, category: "", brand: "", unitPrice: nil)
    }

    private static func read(
        _ events: [EnrichedEvent], mailed: [AdExposure] = [], negativeRate: Float = 1,
        closing: Range<Int64> = .min..<Int64.max
    ) -> (readings: [AdReading], counts: FeedbackCounts) {
        let reader = AdExampleReader(
            index: world.index,
            windows: AttributionWindows(clickSeconds: 3_600, conversionSeconds: 48 * 3_600),
            negativeRate: negativeRate)
        var counts = FeedbackCounts()
        let sorted = events.sorted { $0.event.unixNanoseconds < $1.event.unixNanoseconds }
        let readings = reader.examples(
            of: UserJournal(pseudonym: pseudonym, events: sorted), mailed: mailed,
            closing: closing, counts: &counts)
        return (readings, counts)
    }

    @Test func aResponseIsTheLatestImpressionsOfTheAd() {
        let (readings, counts) = Self.read([
            Self.event(.impression, "a1", hours: 0), Self.event(.impression, "a1", hours: 10),
            Self.event(.impression, "a2", hours: 10), Self.event(.click, "a1", hours: 10),
            Self.event(.redemption, "a1", hours: 30),
        ])
        #expect(readings.map(\.example.clicked) == [false, true, false])
        #expect(readings.map(\.example.converted) == [false, true, false])
        #expect(counts.impressions == 3 && counts.clicks == 1 && counts.conversions == 1)
    }

    @Test func whatIsNotAnAnswerIsCountedAndNotLearnt() {
        let (readings, counts) = Self.read([
            Self.event(.click, "a5", hours: 0),  // never shown
            Self.event(.impression, "a1", hours: 1),
            Self.event(.click, "a1", hours: 3),  // late: the window is an hour
            Self.event(.redemption, "a1", hours: 60),  // late: the window is two days
            Self.event(.impression, "nobody's", hours: 2),
            Self.event(.redemption, "forged", hours: 2),
            Self.event(.click, "an item of the shop", hours: 2),
        ])
        #expect(readings.count == 1)
        #expect(!readings[0].example.clicked && !readings[0].example.converted)
        #expect(counts.withoutImpression == 1)
        #expect(counts.late == 2)
        #expect(counts.unknownAds == 2)
        #expect(counts.clicks == 0 && counts.conversions == 0)
    }

    @Test func aSecondClickChangesNothing() {
        let once = [Self.event(.impression, "a1", hours: 0), Self.event(.click, "a1", hours: 0)]
        let (first, _) = Self.read(once)
        let (second, counts) = Self.read(once + [Self.event(.click, "a1", hours: 0, id: "again")])
        #expect(counts.repeated == 1 && counts.clicks == 1)
        #expect(first[0].example.clicked && second[0].example.clicked)
        #expect(second.count == 1)
    }

    @Test func aMailingIsAnsweredByAnyOfItsAds() {
        let campaign = Self.world.index.campaignCodes[1]
        let reader = AdExampleReader(index: Self.world.index)
        let mailed = reader.mailing(campaign: campaign)
        let row = Int(Self.world.index.campaignRows[Int(campaign)].last!)
        let (readings, _) = Self.read(
            [Self.event(.redemption, "a\(row)", hours: 24 * 29)], mailed: [mailed])
        #expect(readings.count == 1)
        #expect(readings[0].example.converted)
        #expect(readings[0].example.closesAt == ResponseWorld.start + 30 * ResponseWorld.day)
    }

    @Test func featuresAreOfTheTimeBefore() {
        let later = (1..<20).map { Self.event(.purchase, "i\($0)", hours: 5 + $0) }
        let (alone, _) = Self.read([Self.event(.impression, "a1", hours: 1)])
        let (followed, _) = Self.read([Self.event(.impression, "a1", hours: 1)] + later)
        #expect(alone[0].example.terms == followed[0].example.terms)
        let (preceded, _) = Self.read([Self.event(.impression, "a1", hours: 100)] + later)
        #expect(alone[0].example.terms != preceded[0].example.terms)
    }

    @Test func spansThatFollowEachOtherReadEachImpressionOnce() {
        let events =
            (0..<40).map { Self.event(.impression, "a\($0)", hours: Int64($0)) }
            + (0..<40).map { Self.event(.click, "a\($0 * 2)", hours: Int64($0)) }
        let (all, counts) = Self.read(events)
        var found = 0
        var sum = FeedbackCounts()
        for step in Int64(0)..<12 {
            let from = step == 0 ? .min : ResponseWorld.start + step * 8 * Self.hour
            let to = step == 11 ? .max : ResponseWorld.start + (step + 1) * 8 * Self.hour
            let (part, counts) = Self.read(events, closing: from..<to)
            found += part.count
            sum += counts
        }
        #expect(found == all.count)
        #expect(sum == counts)
    }

    @Test func keptNegativesStandForTheOthers() {
        let events = (0..<60).flatMap { ad in
            (0..<30).map { Self.event(.impression, "a\(ad)", hours: Int64($0), id: "\(ad)-\($0)") }
        }
        let (kept, _) = Self.read(events, negativeRate: 0.25)
        let weight = kept.reduce(Float(0)) { $0 + $1.example.weight }
        #expect(abs(weight - 1_800) < 300)
        let (again, _) = Self.read(events, negativeRate: 0.25)
        #expect(kept.map(\.example) == again.map(\.example))
    }
}
