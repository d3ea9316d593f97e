import Base
import Inference
import Testing

@testable import Store

@Suite struct ProfileFoldTests {
    private static let day: Int64 = 86_400 * 1_000_000_000

    /// Those that deal with an item and say something of it without words or dwell.
    private static let types: [EventType] = [
        .view, .click, .cart, .purchase, .rating, .impression, .redemption,
    ]

    private func event(
        _ item: String, _ type: EventType, day: Int64, id: String = "", vector: [Float]? = nil,
        category: String = "", brand: String = "", value: Int64? = nil, quantity: Int32 = 1,
        currency: String = "USD", rating: Float? = nil, channel: String = ""
    ) -> EnrichedEvent {
        EnrichedEvent(
            event: Event(
                itemId: item, type: type, unixNanoseconds: day * Self.day, eventId: id,
                quantity: quantity,
                value: value.map { Money(micros: $0, currencyCode: currency) }, rating: rating,
                channel: channel, device: channel),
            vector: vector.map { Int8Vector(quantizing: $0) }, category: category, brand: brand,
            unitPrice: nil)
    }

    private func fold(_ events: [EnrichedEvent], asOf: Int64 = .max) -> Profile {
        var fold = ProfileFold(asOfUnixNanoseconds: asOf)
        for event in events { fold.add(event) }
        return fold.profile()
    }

    @Test func noEventsMakeAnEmptyProfile() {
        #expect(fold([]) == Profile())
    }

    @Test(arguments: 0..<20)
    func orderOfArrivalDoesNotMatter(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var events = (0..<200).map { index in
            event(
                "item\(Int.random(in: 0..<60, using: &random))",
                Self.types.randomElement(using: &random)!,
                day: Int64.random(in: 0..<40, using: &random),
                id: Bool.random(using: &random) ? "" : "e\(index)",
                vector: (0..<16).map { _ in Float.random(in: -1...1, using: &random) },
                category: "c\(Int.random(in: 0..<90, using: &random))",
                brand: "b\(Int.random(in: 0..<9, using: &random))",
                value: Int64.random(in: 0..<9_000_000, using: &random),
                rating: Float(Int.random(in: 1...5, using: &random)))
        }
        let first = fold(events)
        for _ in 0..<5 {
            events.shuffle(using: &random)
            #expect(fold(events) == first)
        }
        #expect(first.recentItems.count == 32)
        #expect(first.categoryAffinity.count == 64)
        #expect(first.eventCount == 200)
    }

    /// Vectors and names as long as they get.
    @Test(arguments: [16, 384, 768])
    func aProfileStaysWithinItsBytes(dimension: Int) throws {
        var random = SeededRandom(seed: 4)
        let name = String(repeating: "long category name ", count: 20)
        let events = (0..<300).map { index in
            event(
                "item\(index)", .purchase, day: Int64(index), id: "e\(index)",
                vector: (0..<dimension).map { _ in Float.random(in: -1...1, using: &random) },
                category: "\(name)\(index % 70)", brand: "\(name)\(index % 70)",
                value: 1 << Int64(index % 50), channel: String(name.prefix(250)) + "\(index % 9)")
        }
        let profile = fold(events)
        #expect(try ProfileCodec.encode(profile).count <= Profile.maxByteCount)
        #expect(profile.approximateByteCount >= (try ProfileCodec.encode(profile).count))
        #expect(profile.recentItems.first?.itemId == "item299")
        #expect(
            profile.recentItems.count >= (dimension > 384 ? 3 : 8)
                && profile.categoryAffinity.count >= 8)
        #expect(profile.eventCount == 300)
    }

    @Test func equalIdsAreOneEventAndTheEarliestStays() {
        let profile = fold([
            event("late", .purchase, day: 2, id: "x", value: 5_000_000),
            event("early", .purchase, day: 1, id: "x", value: 3_000_000),
            event("other", .view, day: 1), event("other", .view, day: 1),
        ])
        #expect(profile.eventCount == 3)
        #expect(profile.rfm.purchaseCount == 1)
        #expect(profile.rfm.totalMicros == 3_000_000)
    }

    @Test func weightsFollowTypesAndHalveInThirtyDays() throws {
        let profile = fold([
            event("a", .purchase, day: 0, category: "old"),
            event("b", .cart, day: 30, category: "new"),
        ])
        // 8 halved once is the cart's 4.
        #expect(profile.categoryAffinity["old"] == 0.5)
        #expect(profile.categoryAffinity["new"] == 0.5)
        let kinds = fold([
            event("a", .view, day: 0, brand: "view"), event("b", .click, day: 0, brand: "click"),
            event("c", .redemption, day: 0, brand: "redemption"),
            event("d", .rating, day: 0, brand: "rating", rating: 5),
            event("e", .rating, day: 0, brand: "disliked", rating: 1),
            event("f", .impression, day: 0, brand: "seen"),
        ])
        let weights: [String: Float] = ["view": 1, "click": 2, "redemption": 8, "rating": 6]
        #expect(kinds.brandAffinity == weights.mapValues { $0 / 17 })
    }

    @Test func whatWasDislikedOrOnlyShownIsNotRecent() {
        let profile = fold([
            event("shown", .impression, day: 1), event("bad", .rating, day: 1, rating: 2),
            event("seen", .view, day: 0),
        ])
        #expect(profile.recentItems.map(\.itemId) == ["seen"])
        #expect(profile.eventCount == 3)
        #expect(profile.lastEventUnixNanoseconds == Self.day)
    }

    @Test func recentItemsAreDistinctAndNewestFirst() {
        var events = (0..<40).map { event("i\($0)", .view, day: Int64($0)) }
        events.append(event("i20", .click, day: 50))
        let ids = fold(events).recentItems.map(\.itemId)
        #expect(ids.count == 32)
        #expect(ids.prefix(3) == ["i20", "i39", "i38"])
        #expect(Set(ids).count == 32)
    }

    @Test func interestIsTheUnitMeanOfWeightedVectors() throws {
        let profile = fold([
            event("a", .purchase, day: 0, vector: [1, 0, 0]),
            event("b", .purchase, day: 0, vector: [0, 1, 0]),
        ])
        let interest = try #require(profile.interest).dequantized
        #expect(abs(interest[0] - 0.7071) < 0.01 && abs(interest[1] - 0.7071) < 0.01)
        #expect(interest[2] == 0)
    }

    @Test func oppositeVectorsLeaveNoInterest() {
        let profile = fold([
            event("a", .view, day: 0, vector: [1, 0]), event("b", .view, day: 0, vector: [-1, 0]),
        ])
        #expect(profile.interest == nil)
    }

    @Test func centuriesBetweenEventsDoNotOverflow() throws {
        let profile = fold([
            event("a", .purchase, day: 0, vector: [1, 0], category: "old", value: 1_000_000),
            event("b", .view, day: 90_000, vector: [0, 1], category: "new"),
        ])
        #expect(profile.categoryAffinity["new"] == 1)
        #expect(profile.categoryAffinity["old"] == 0)
        let interest = try #require(profile.interest).dequantized
        #expect(abs(interest[1] - 1) < 0.01)
    }

    @Test func pricesAndSpendKeepToTheFirstCurrency() throws {
        let profile = fold([
            event("a", .purchase, day: 0, value: 4_000_000, quantity: 2),
            event("b", .purchase, day: 1, value: 900_000_000, currency: "JPY"),
            event("c", .purchase, day: 2, value: 8_000_000, quantity: 4),
        ])
        #expect(profile.rfm.purchaseCount == 3)
        #expect(profile.rfm.totalMicros == 12_000_000)
        #expect(profile.rfm.currencyCode == "USD")
        #expect(profile.rfm.lastPurchaseUnixNanoseconds == 2 * Self.day)
        let mean = try #require(profile.logPriceMean)
        #expect(abs(mean - 0.6931472) < 1e-6)
        #expect(profile.logPriceDeviation < 1e-6)
    }

    @Test func eventsAfterTheMomentAreLeftOut() {
        let events = [event("a", .view, day: 1), event("b", .view, day: 2)]
        #expect(fold(events, asOf: Self.day).eventCount == 1)
    }
}
