import Base
import Foundation
import Inference
import Testing

@testable import Store

@Suite struct SpendLedgerTests {
    private typealias Kind = ProfileStoreTests.Kind
    private static let march2024 = FixedTime.march2024

    private static func table(_ campaigns: [String]) -> AdTable {
        let ads = campaigns.enumerated().map { number, campaign in
            Ad(
                id: "\(number)", campaignId: campaign, creative: Item(id: "\(number)"),
                bid: Money(micros: 1, currencyCode: "USD"))
        }
        return AdTable(
            ads: ads,
            creatives: ItemTable(
                items: ads.map(\.creative), vectors: Int8VectorTable(dimension: 0, rows: []),
                vectorRows: ads.map { _ in -1 }, popularity: ads.map { _ in 0 }))
    }

    private static func event(
        _ id: String, _ campaign: String, micros: Int64, day: Int64 = 0
    ) -> UserEvent {
        UserEvent(
            pseudonym: Pseudonym(bytes: [UInt8](repeating: 7, count: 32)),
            event: EnrichedEvent(
                event: Event(
                    itemId: "ad", type: .click,
                    unixNanoseconds: march2024 + day * 86_400_000_000_000, eventId: id),
                vector: nil, category: "", brand: "", unitPrice: nil),
            charge: AdCharge(campaignId: campaign, currencyCode: "USD", micros: micros))
    }

    /// An event counts once, on its own day, for its own campaign, whichever store has it.
    @Test(arguments: ProfileStoreTests.Kind.allCases)
    func storedEventsAreSpentOnce(kind: ProfileStoreTests.Kind) throws {
        let (store, keep) = try kind.make([:])
        defer { store.close() }
        let day = Event.day(ofUnixNanoseconds: Self.march2024)
        for _ in 0..<2 {
            _ = try store.appendAndWait([
                Self.event("1", "a", micros: 5), Self.event("2", "a", micros: 7),
                Self.event("3", "b", micros: 11), Self.event("4", "a", micros: 100, day: 1),
            ]).get()
        }
        // The same campaign has another code in another table.
        for campaigns in [["a", "b", "c"], ["c", "b", "a"], ["b"]] {
            let table = Self.table(campaigns)
            let today = store.spending.spending(on: day, of: table)
            let tomorrow = store.spending.spending(on: day + 1, of: table)
            for (row, campaign) in campaigns.enumerated() {
                let code = table.accountCodes[row]
                #expect(today.micros(accountCode: code) == ["a": 12, "b": 11, "c": 0][campaign])
                #expect(tomorrow.micros(accountCode: code) == (campaign == "a" ? 100 : 0))
            }
        }
        withExtendedLifetime(keep) {}
    }

    @Test func aRestartFindsWhatWasSpent() throws {
        let test = try TestStore()
        try test.items("item,title\na,Apple\n")
        let day = Event.day(ofUnixNanoseconds: Self.march2024)
        for round in 0..<3 {
            let store = try SQLiteProfileStore(
                store: SQLiteStore(path: test.path, access: .readOnly),
                writer: SQLiteStore(path: test.path, access: .durable))
            _ = try store.appendAndWait([
                Self.event("same", "a", micros: 1), Self.event("\(round)", "a", micros: 10),
            ]).get()
            let spent = store.spending.spending(on: day, of: Self.table(["a"]))
            #expect(spent.micros(accountCode: 0) == 1 + 10 * Int64(round + 1))
            store.close()
        }
    }

    @Test func sumsStopAtTheLargestNumber() {
        let ledger = SpendLedger()
        let key = SpendKey(
            account: CampaignAccount.name(campaignId: "a", currencyCode: "USD"), day: 1)
        for _ in 0..<3 { ledger.add([key: .max]) }
        #expect(ledger.spending(on: 1, of: Self.table(["a"])).micros(accountCode: 0) == .max)
    }

    @Test(arguments: 0..<20) func rowSetsAreSets(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var rows = SparseRowSet()
        var expected: Set<Int> = []
        let range = Bool.random(using: &random) ? 0..<300 : 0..<20_000
        for _ in 0..<1_000 {
            let row = Int.random(in: range, using: &random)
            if Int.random(in: 0..<3, using: &random) > 0 {
                rows.insert(row)
                expected.insert(row)
            } else {
                rows.remove(row)
                expected.remove(row)
            }
            #expect(rows.contains(row) == expected.contains(row))
        }
        #expect(rows.count == expected.count)
        var bits = [UInt64](repeating: 0, count: (range.upperBound + 63) / 64)
        rows.add(to: &bits)
        for row in range {
            #expect((bits[row >> 6] >> UInt64(row & 63) & 1 == 1) == expected.contains(row))
        }
        rows.subtract(from: &bits)
        #expect(bits.allSatisfy { $0 == 0 })
    }

    @Test func impressionsOfAdsAreRememberedByCampaign() {
        var fold = ProfileFold()
        for number in 0..<70 {
            let event = Event(
                itemId: "ad", type: .impression, unixNanoseconds: Int64(number),
                eventId: "\(number)", attributes: ["campaign": "c\(number)"])
            fold.add(
                EnrichedEvent(event: event, vector: nil, category: "", brand: "", unitPrice: nil))
        }
        let impressions = fold.profile().adImpressions
        #expect(impressions.count == Profile.AdImpression.maxCount)
        #expect(impressions.first == .init(campaignId: "c69", unixNanoseconds: 69))
    }
}
