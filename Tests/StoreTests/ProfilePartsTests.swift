import Base
import Inference
import Testing

@testable import Store

/// What a profile says beside its one interest and its affinities.
@Suite struct ProfilePartsTests {
    private static let hour: Int64 = 3_600 * 1_000_000_000
    private static let day = 24 * hour
    /// A Monday, 2024-03-04 00:00 UTC.
    private static let monday: Int64 = 1_709_510_400 * 1_000_000_000

    private func purchase(
        _ item: String, at nanoseconds: Int64, micros: Int64? = 2_000_000, vector: [Float]? = nil,
        type: EventType = .purchase, channel: String = "", device: String = "",
        currency: String = "USD"
    ) -> EnrichedEvent {
        EnrichedEvent(
            event: Event(
                itemId: item, type: type, unixNanoseconds: nanoseconds,
                value: micros.map { Money(micros: $0, currencyCode: currency) }, channel: channel,
                device: device),
            vector: vector.map { Int8Vector(quantizing: $0) }, category: "", brand: "",
            unitPrice: nil)
    }

    private func fold(_ events: [EnrichedEvent]) -> Profile {
        var fold = ProfileFold()
        for event in events { fold.add(event) }
        return fold.profile()
    }

    private func cosine(_ vector: Int8Vector?, axis: Int) -> Float {
        vector.map { $0.dequantized[axis] } ?? .nan
    }

    /// Bought long ago, looked at last week, looked at now.
    @Test func horizonsRememberDifferentTimes() {
        let profile = fold([
            purchase("old", at: Self.monday - 120 * Self.day, vector: [1, 0, 0]),
            purchase("week", at: Self.monday - 14 * Self.day, vector: [0, 1, 0], type: .view),
            purchase("now", at: Self.monday, vector: [0, 0, 1], type: .view),
        ])
        // 1 / (1 + 2^-7) of the weight is on the last day.
        #expect(cosine(profile.shortTermInterest, axis: 2) > 0.99)
        // A purchase weighs 8, 8 * 2^(-120/180) is 5.04 looks.
        #expect(cosine(profile.longTermInterest, axis: 0) > 0.95)
        #expect(cosine(profile.purchaseInterest, axis: 0) == 1)
        // In between: 8 * 2^-4 is 0.5.
        #expect(abs(cosine(profile.interest, axis: 0) - 0.3754) < 0.01)
    }

    @Test func interestsAreGroupsOfWhatIsAlike() throws {
        var events: [EnrichedEvent] = []
        for index in 0..<6 {
            let noise = Float(index) * 0.02
            events.append(
                purchase(
                    "bread\(index)", at: Self.monday - Int64(index) * Self.hour,
                    vector: [1, noise, 0]))
        }
        events.append(purchase("battery", at: Self.monday - 7 * Self.hour, vector: [0, 0, 1]))
        events.append(purchase("bulb", at: Self.monday - 8 * Self.hour, vector: [0, 0.1, 1]))
        events.append(purchase("no text", at: Self.monday, vector: nil))
        let profile = fold(events)
        #expect(profile.interests.map(\.itemCount) == [6, 2])
        #expect(
            profile.interests.map { profile.recentItems[$0.leader].itemId } == [
                "bread0", "battery",
            ])
        let shares = profile.interests.map(\.share)
        #expect(abs(shares[0] - 0.75) < 0.01 && abs(shares[0] + shares[1] - 1) < 1e-5)
    }

    @Test func interestsAreBoundedHoweverManyTastes() {
        let events = (0..<32).map { index in
            purchase(
                "i\(index)", at: Self.monday + Int64(index),
                vector: (0..<32).map { $0 == index ? 1 : 0 })
        }
        #expect(fold(events).interests.count == Profile.Interest.maxCount)
    }

    @Test func activityIsCountedByHourDayTypeAndPlace() {
        let profile = fold([
            purchase("a", at: Self.monday + 9 * Self.hour, channel: "web", device: "phone"),
            purchase("b", at: Self.monday + 9 * Self.hour + 1, type: .view, channel: "web"),
            purchase("c", at: Self.monday + 6 * Self.day + 23 * Self.hour, channel: "store"),
            purchase("d", at: Self.monday - 1, type: .impression),
        ])
        let activity = profile.activity
        #expect(activity.hours[9] == 2 && activity.hours[23] == 2)
        #expect(activity.weekdays == [2, 0, 0, 0, 0, 0, 2])
        #expect(activity.count(of: .purchase) == 2 && activity.count(of: .view) == 1)
        #expect(activity.channels == ["web": 2, "store": 1] && activity.devices == ["phone": 1])
    }

    @Test func onlyTheChannelsUsedMostAreKept() {
        let events = (0..<45).map { index in
            // Channel n comes n + 1 times.
            let channel = (0..<9).first { index < ($0 + 1) * ($0 + 2) / 2 }!
            return purchase("a", at: Self.monday + Int64(index), channel: "c\(channel)")
        }
        #expect(
            fold(events).activity.channels == [
                "c8": 9, "c7": 8, "c6": 7, "c5": 6, "c4": 5, "c3": 4,
            ])
    }

    @Test func weeksEndWithTheLastEvent() {
        let profile = fold([
            purchase("gone", at: Self.monday - 20 * 7 * Self.day),
            purchase("a", at: Self.monday - 12 * 7 * Self.day),
            purchase("b", at: Self.monday - 7 * Self.day, type: .view),
            purchase("c", at: Self.monday), purchase("d", at: Self.monday, micros: 500_000),
            purchase("e", at: Self.monday, currency: "EUR"),
        ])
        let weeks = profile.activity.weeks
        #expect(weeks.count == 13)
        #expect(weeks.map(\.events) == [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3])
        #expect(weeks[12].purchases == 3 && weeks[12].spentMicros == 2_500_000)
        #expect(weeks[0].spentMicros == 2_000_000)
    }

    @Test func purchasesAreCountedByDayAndAveraged() {
        let rfm = fold([
            purchase("a", at: Self.monday), purchase("b", at: Self.monday + Self.hour),
            purchase("c", at: Self.monday + 4 * Self.day, micros: nil),
            purchase("d", at: Self.monday + 10 * Self.day, micros: 5_000_000),
        ]).rfm
        #expect(rfm.purchaseCount == 4 && rfm.purchaseDayCount == 3 && rfm.paidCount == 3)
        #expect(rfm.averageMicros == 3_000_000)
        #expect(rfm.daysBetweenPurchases == 5)
        #expect(fold([]).rfm.averageMicros == nil)
        #expect(fold([purchase("a", at: 0)]).rfm.daysBetweenPurchases == nil)
    }

    @Test func pricesFallIntoBandsOfTheirOwnScale() {
        let bands: [(micros: Int64, label: String?)] = [
            (0, nil), (1, "under 0.01"), (10_000, "0.01-0.02"), (999_999, "0.5-1"),
            (1_000_000, "1-2"), (1_999_999, "1-2"), (2_000_000, "2-5"), (49_990_000, "20-50"),
            (100_000_000, "100-200"), (99_999_999_999_999, "50000000-100000000"),
            (.max, "100000000 and up"),
        ]
        for (micros, label) in bands {
            #expect(PriceBand.label(of: Money(micros: micros, currencyCode: "USD")) == label)
        }
        let profile = fold([
            purchase("a", at: Self.monday, micros: 1_500_000),
            purchase("b", at: Self.monday, micros: 3_000_000),
            purchase("c", at: Self.monday, micros: 4_000_000),
            purchase("d", at: Self.monday, micros: 4_000_000, currency: "EUR"),
        ])
        #expect(profile.priceBandAffinity == ["1-2": Float(1) / 3, "2-5": Float(2) / 3])
    }
}
