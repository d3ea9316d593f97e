import Testing

@testable import Store

/// What a profile holds of repeat purchases.
@Suite struct PurchaseHistoryTests {
    private static let day: Int64 = 86_400 * 1_000_000_000

    private func purchase(
        _ item: String, day: Int64, category: String = "c", hour: Int64 = 12,
        type: EventType = .purchase
    ) -> EnrichedEvent {
        EnrichedEvent(
            event: Event(
                itemId: item, type: type,
                unixNanoseconds: day * Self.day + hour * 3_600 * 1_000_000_000),
            vector: nil, category: category, brand: "", unitPrice: nil)
    }

    private func fold(_ events: [EnrichedEvent]) -> Profile {
        var fold = ProfileFold()
        for event in events { fold.add(event) }
        return fold.profile()
    }

    @Test func daysAreCountedOnceAndIntervalsAreBetweenThem() throws {
        let profile = fold([
            purchase("milk", day: 100), purchase("milk", day: 100, hour: 18),
            purchase("milk", day: 107), purchase("milk", day: 112),
            purchase("soap", day: 112, category: "d"), purchase("soap", day: 113, type: .view),
        ])
        let milk = try #require(profile.boughtItems.first { $0.itemId == "milk" })
        #expect(milk.record == PurchaseRecord(dayCount: 3, firstDay: 100, lastDay: 112))
        #expect(milk.record.intervalDays == 6)
        let soap = try #require(profile.boughtItems.first { $0.itemId == "soap" })
        #expect(soap.record == PurchaseRecord(dayCount: 1, firstDay: 112, lastDay: 112))
        #expect(soap.record.intervalDays == nil)
        #expect(profile.boughtItems.map(\.itemId) == ["milk", "soap"])
        #expect(abs(profile.boughtItems.reduce(0) { $0 + $1.share } - 1) < 1e-6)
        #expect(profile.boughtCategories["c"]?.dayCount == 3)
        #expect(profile.boughtCategories["d"]?.lastDay == 112)
    }

    /// A purchase of 90 days ago counts half of one of today.
    @Test func newerPurchasesCountMore() {
        let profile = fold([purchase("old", day: 10), purchase("new", day: 100)])
        #expect(profile.boughtItems.map(\.itemId) == ["new", "old"])
        #expect(abs(profile.boughtItems[0].share - 2.0 / 3) < 1e-6)
    }

    @Test func theLeastBoughtAreForgottenFirst() {
        var events: [EnrichedEvent] = []
        for item in 0..<400 { events.append(purchase("item\(item)", day: Int64(item))) }
        events.append(purchase("item0", day: 400))
        let profile = fold(events)
        #expect(profile.boughtItems.count == BoughtItem.maxCount)
        #expect(profile.boughtItems.contains { $0.itemId == "item0" })
        #expect(!profile.boughtItems.contains { $0.itemId == "item1" })
        #expect(profile.approximateByteCount <= 16 * 1_024)
    }
}
