import Base
import Foundation
import Testing

@testable import Store

@Suite struct EventRetentionTests {
    private static let dayNanoseconds: Int64 = 86_400 * 1_000_000_000

    private func pseudonym(_ number: UInt8) -> Pseudonym {
        Pseudonym(bytes: [UInt8](repeating: number, count: 32))
    }

    private func view(_ user: UInt8, _ number: Int, ageDays: Int64) -> UserEvent {
        let event = Event(
            itemId: "i\(number)", type: .view,
            unixNanoseconds: SystemTime().unixNanoseconds() - ageDays * Self.dayNanoseconds,
            eventId: "e\(number)")
        return UserEvent(
            pseudonym: pseudonym(user),
            event: EnrichedEvent(
                event: event, vector: nil, category: "", brand: "", unitPrice: nil))
    }

    private func open(_ path: String, maxEventAgeDays: Int) throws -> SQLiteProfileStore {
        var limits = Limits()
        limits.maxEventAgeDays = maxEventAgeDays
        return try SQLiteProfileStore(
            store: SQLiteStore(path: path, access: .readOnly),
            writer: SQLiteStore(path: path, access: .durable), limits: limits)
    }

    /// More events than one slice looks at, of which every other is old.
    @Test func oldEventsGoAndProfilesFollow() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("store.sqlite")
        try SQLiteStore(path: path, access: .readWrite).close()
        let before = try open(path, maxEventAgeDays: 0)
        let many = (0..<5_000).map { view(1, $0, ageDays: $0 % 2 == 0 ? 40 : 20) }
        _ = try before.appendAndWait(many).get()
        _ = try before.appendAndWait([view(2, 0, ageDays: 400)]).get()
        #expect(try before.lookUp(pseudonym(1)).get()?.eventCount == 5_000)
        #expect(try before.count() == 2)
        before.close()

        let store = try open(path, maxEventAgeDays: 30)
        defer { store.close() }
        let start = Date.now
        // In the cache from the beginning: the pass has to bring it up to date.
        while try store.lookUp(pseudonym(1)).get()?.eventCount != 2_500 || store.count() != 1 {
            #expect(Date.now.timeIntervalSince(start) < 60, "the pass does not end")
            if Date.now.timeIntervalSince(start) > 60 { return }
            usleep(20_000)
        }
        #expect(try store.lookUp(pseudonym(2)).get() == nil)
        let kept = try store.page(of: pseudonym(1), after: "", limit: 5_000).get()
        #expect(kept.count == 2_500 && kept.allSatisfy { Int($0.eventId.dropFirst())! % 2 == 1 })
    }

    @Test func whatIsTooOldToKeepIsRefused() throws {
        let now = FixedTime.march2024
        let cleaning = EventCleaning(nowUnixNanoseconds: now, maxAgeDays: 30)
        let recent = Event(
            itemId: "a", type: .view, unixNanoseconds: now - 30 * Self.dayNanoseconds)
        try cleaning.check(EventCleaning.Values(recent))
        let old = Event(itemId: "a", type: .view, unixNanoseconds: now - 31 * Self.dayNanoseconds)
        let rejection = #expect(throws: EventRejection.self) {
            try cleaning.check(EventCleaning.Values(old))
        }
        #expect(rejection?.field == "time" && rejection?.description.contains("30 days") == true)
    }

    @Test func daysBeginAtMidnight() {
        #expect(Event.day(ofUnixNanoseconds: 0) == 0)
        #expect(Event.day(ofUnixNanoseconds: Self.dayNanoseconds - 1) == 0)
        #expect(Event.day(ofUnixNanoseconds: Self.dayNanoseconds) == 1)
        #expect(Event.day(ofUnixNanoseconds: -1) == -1)
        #expect(Event.day(ofUnixNanoseconds: -Self.dayNanoseconds) == -1)
    }
}
