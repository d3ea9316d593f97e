import Base
import Foundation
import Inference
import Synchronization
import Testing

@testable import Store

/// Events of each user that were answered.
private final class Counts: Sendable {
    let values = Mutex([Int](repeating: 0, count: 6))
}

/// What every profile store promises of events, held against each of them.
@Suite struct EventAppendTests {
    private typealias Kind = ProfileStoreTests.Kind

    private static func pseudonym(_ number: Int) -> Pseudonym {
        var random = SeededRandom(seed: UInt64(number) &+ 1_000)
        return Pseudonym(bytes: (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) })
    }

    private static let start = FixedTime.march2024

    /// Distinct events of a few users, many at one moment.
    private func events(_ count: Int, users: Int, seed: UInt64) -> [UserEvent] {
        var random = SeededRandom(seed: seed)
        return (0..<count).map { number in
            let type = EventType.allCases.randomElement(using: &random)!
            let vector = Int8Vector(
                values: (0..<8).map { _ in Int8.random(in: -127...127, using: &random) },
                scale: 0.01)
            let event = Event(
                itemId: "item-\(Int.random(in: 0..<40, using: &random))", type: type,
                unixNanoseconds: Self.start + Int64.random(in: 0..<200, using: &random)
                    * 86_400_000_000_000, eventId: "event-\(number)",
                quantity: Int32.random(in: 1...3, using: &random),
                value: type == .purchase
                    ? Money(
                        micros: Int64.random(in: 1...9_000_000, using: &random),
                        currencyCode: "USD") : nil,
                rating: type == .rating ? 4 : nil, query: type == .search ? "shoes \(number)" : "",
                text: type == .chat ? "hello" : "", dwellMilliseconds: type == .dwell ? 20_000 : 0)
            return UserEvent(
                pseudonym: Self.pseudonym(Int.random(in: 0..<users, using: &random)),
                event: EnrichedEvent(
                    event: event, vector: nil, category: "", brand: "", unitPrice: nil,
                    textVector: event.encoderText.isEmpty ? nil : vector))
        }
    }

    private func folded(_ events: [UserEvent], of pseudonym: Pseudonym) -> Profile {
        var fold = ProfileFold()
        for event in events where event.pseudonym == pseudonym { fold.add(event.event) }
        return fold.profile()
    }

    @Test(arguments: ProfileStoreTests.Kind.allCases)
    func whatWasAnsweredIsInTheNextProfile(kind: ProfileStoreTests.Kind) throws {
        let (store, keep) = try kind.make([:])
        defer { store.close() }
        let all = events(300, users: 3, seed: 1)
        var sent: [UserEvent] = []
        for start in stride(from: 0, to: all.count, by: 7) {
            let some = Array(all[start..<min(start + 7, all.count)])
            #expect(
                try store.appendAndWait(some).get() == some.map { _ in AppendOutcome.stored })
            sent += some
            for user in 0..<3 where sent.contains(where: { $0.pseudonym == Self.pseudonym(user) }) {
                let found = try store.lookUp(Self.pseudonym(user)).get()
                #expect(found == folded(sent, of: Self.pseudonym(user)))
            }
        }
        #expect(try store.count() == 3)
        withExtendedLifetime(keep) {}
    }

    @Test(arguments: ProfileStoreTests.Kind.allCases, [2, 3, 4] as [UInt64])
    func theOrderOfArrivalDoesNotMatter(kind: ProfileStoreTests.Kind, seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let all = events(400, users: 4, seed: seed)
        let (store, keep) = try kind.make([:])
        defer { store.close() }
        // Each event twice, anywhere.
        var rest = (all + all).shuffled(using: &random)[...]
        var stored = 0
        while !rest.isEmpty {
            let some = Array(rest.prefix(Int.random(in: 1...60, using: &random)))
            rest = rest.dropFirst(some.count)
            stored += try store.appendAndWait(some).get().count { $0 == .stored }
        }
        #expect(stored == all.count)
        for user in 0..<4 {
            let found = try store.lookUp(Self.pseudonym(user)).get()
            #expect(found == folded(all, of: Self.pseudonym(user)))
        }
        withExtendedLifetime(keep) {}
    }

    @Test(arguments: ProfileStoreTests.Kind.allCases)
    func anEventWithoutAnIdIsKnownByItsContent(kind: ProfileStoreTests.Kind) throws {
        let (store, keep) = try kind.make([:])
        defer { store.close() }
        var event = events(1, users: 1, seed: 9)[0]
        event.event.event.eventId = ""
        var later = event
        later.event.event.position = 3
        let outcomes = try store.appendAndWait([event, event, later]).get()
        #expect(outcomes == [.stored, .duplicate, .stored])
        #expect(try store.appendAndWait([later]).get() == [.duplicate])
        withExtendedLifetime(keep) {}
    }

    @Test(arguments: ProfileStoreTests.Kind.allCases)
    func aClosedStoreTakesNothing(kind: ProfileStoreTests.Kind) throws {
        let (store, keep) = try kind.make([:])
        store.close()
        #expect(throws: Fault.storeClosed) {
            try store.appendAndWait(events(1, users: 1, seed: 1)).get()
        }
        withExtendedLifetime(keep) {}
    }

    /// Four threads append and read at once, on a cache too small for the users: none may miss what
    /// it was told is stored.
    @Test(arguments: ProfileStoreTests.Kind.allCases)
    func everyThreadReadsItsWrites(kind: ProfileStoreTests.Kind) async throws {
        var limits = Limits()
        if kind == .sqlite { limits.maxCachedProfiles = 1 }
        let (store, keep) = try kind.make([:], limits: limits)
        defer { store.close() }
        let all = events(1_200, users: 1, seed: 5)
        let answered = Counts()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for thread in 0..<4 {
                group.addTask {
                    var random = SeededRandom(seed: UInt64(thread))
                    for number in stride(from: thread, to: all.count, by: 4) {
                        var event = all[number]
                        let user = Int.random(in: 0..<6, using: &random)
                        event.pseudonym = Self.pseudonym(user)
                        _ = try store.appendAndWait([event]).get()
                        let atLeast = answered.values.withLock { counts in
                            counts[user] += 1
                            return counts
                        }
                        let other = Int.random(in: 0..<6, using: &random)
                        for user in [user, other] where atLeast[user] > 0 {
                            let found = try store.lookUp(Self.pseudonym(user)).get()
                            #expect(found?.eventCount ?? 0 >= Int64(atLeast[user]))
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        withExtendedLifetime(keep) {}
    }

    @Test(arguments: ProfileStoreTests.Kind.allCases)
    func everyEventIsHandedOutOnceInPages(kind: ProfileStoreTests.Kind) throws {
        let (store, keep) = try kind.make([:])
        defer { store.close() }
        var all = events(100, users: 2, seed: 8)
        all[0].event.event.attributes = ["basket": "7"]
        all[0].event.event.channel = "web"
        _ = try store.appendAndWait(all).get()
        for user in 0..<2 {
            var found: [Event] = []
            while true {
                let page = try store.page(
                    of: Self.pseudonym(user), after: found.last?.eventId ?? "", limit: 7
                ).get()
                found += page
                if page.count < 7 { break }
            }
            let own = all.filter { $0.pseudonym == Self.pseudonym(user) }.map(\.event.event)
            #expect(
                found.sorted { $0.eventId < $1.eventId } == own.sorted { $0.eventId < $1.eventId })
        }
        #expect(try store.page(of: Self.pseudonym(5), after: "", limit: 7).get() == [])
        withExtendedLifetime(keep) {}
    }

    @Test(arguments: ProfileStoreTests.Kind.allCases)
    func anErasedUserIsGoneAndMayComeBack(kind: ProfileStoreTests.Kind) throws {
        let (store, keep) = try kind.make([:])
        defer { store.close() }
        let all = events(60, users: 2, seed: 12)
        _ = try store.appendAndWait(all).get()
        #expect(try store.eraseAndWait(Self.pseudonym(0)).get())
        #expect(try store.eraseAndWait(Self.pseudonym(0)).get() == false)
        #expect(try store.lookUp(Self.pseudonym(0)).get() == nil)
        #expect(try store.page(of: Self.pseudonym(0), after: "", limit: 7).get() == [])
        let other = try store.lookUp(Self.pseudonym(1)).get()
        #expect(other == folded(all, of: Self.pseudonym(1)))
        #expect(try store.count() == 1)
        let again = try #require(all.first { $0.pseudonym == Self.pseudonym(0) })
        #expect(try store.appendAndWait([again]).get() == [.stored])
        #expect(try store.lookUp(Self.pseudonym(0)).get()?.eventCount == 1)
        withExtendedLifetime(keep) {}
    }

    /// Among enough others that pages were split and filled again.
    @Test func nothingOfAnErasedUserIsLeftInAnyFile() throws {
        let (store, keep) = try ProfileStoreTests.Kind.sqlite.make([:])
        let users = 400
        var all = events(4_000, users: users, seed: 13)
        let marks = (0..<users).map { Array("mark-of-\($0)-".utf8) }
        let numbers = Dictionary(
            uniqueKeysWithValues: (0..<users).map { (Self.pseudonym($0), $0) })
        for i in all.indices {
            let mark = String(decoding: marks[numbers[all[i].pseudonym]!], as: UTF8.self)
            all[i].event.event.eventId = mark + all[i].event.event.eventId
        }
        for start in stride(from: 0, to: all.count, by: 100) {
            _ = try store.appendAndWait(Array(all[start..<start + 100])).get()
        }
        let erased = [3, 77, 200, 399]
        for user in erased { _ = try store.eraseAndWait(Self.pseudonym(user)).get() }
        let directory = try #require(keep)
        for file in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
            let data = try Data(contentsOf: URL(fileURLWithPath: directory.file(file)))
            for user in erased {
                #expect(data.range(of: Data(marks[user])) == nil, "\(file) has events of \(user)")
                #expect(
                    data.range(of: Data(Self.pseudonym(user).bytes)) == nil,
                    "\(file) has pseudonym \(user)")
            }
        }
        store.close()
    }

    @Test func whatWasAnsweredIsThereAfterACrash() throws {
        let (store, keep) = try ProfileStoreTests.Kind.sqlite.make([:])
        let all = events(200, users: 3, seed: 6)
        _ = try store.appendAndWait(all).get()
        // As after kill -9: another connection, nothing closed, no profile saved.
        let path = try #require(keep).file("store.sqlite")
        let second = try SQLiteProfileStore(store: SQLiteStore(path: path, access: .readOnly))
        for user in 0..<3 {
            #expect(
                try second.lookUp(Self.pseudonym(user)).get()
                    == folded(all, of: Self.pseudonym(user)))
        }
        second.close()
        store.close()
        // Closed in order, the profiles are saved: no fold is left.
        let after = try SQLiteStore(path: path, access: .readOnly)
        let stale = try after.read { database in
            let count = try SQLStatement(database, "SELECT count(*) FROM users WHERE stale = 1")
            defer { count.reset() }
            return try count.step() ? count.int64(0) : -1
        }
        #expect(stale == 0)
        let third = try SQLiteProfileStore(store: after)
        for user in 0..<3 {
            #expect(
                try third.lookUp(Self.pseudonym(user)).get()
                    == folded(all, of: Self.pseudonym(user)))
        }
        third.close()
    }

    @Test func eventsKnowTheirItemsAsTheJournalDoes() throws {
        let test = try TestStore()
        try test.items("item,title,category,brand,price,currency\na,Milk,DAIRY,12,2,USD\n")
        try test.events("user,item,type,time,event_id\nu,a,view,2024-01-01,e0\n")
        let store = try SQLiteProfileStore(
            store: SQLiteStore(path: test.path, access: .readOnly),
            writer: SQLiteStore(path: test.path, access: .durable))
        defer { store.close() }
        let user = try test.pseudonymizer.pseudonym(of: "u")
        #expect(try store.lookUp(user).get()?.eventCount == 1)
        let event = Event(
            itemId: "a", type: .purchase, unixNanoseconds: Self.start, eventId: "e1",
            value: Money(micros: 2_000_000, currencyCode: "USD"))
        let items = try test.catalog().items
        let outcome = store.appendAndWait([
            UserEvent(pseudonym: user, event: items.enrich(event, row: 0))
        ])
        #expect(try outcome.get() == [.stored])
        let profile = try #require(try store.lookUp(user).get())
        #expect(profile.eventCount == 2 && profile.rfm.totalMicros == 2_000_000)
        #expect(profile.categoryAffinity == ["DAIRY": 1] && profile.brandAffinity == ["12": 1])
        #expect(profile.recentItems.first?.vector == items.vector(at: 0))
    }

    @Test func anImportBesideTheServerIsNoticed() throws {
        let test = try TestStore()
        let store = try SQLiteProfileStore(
            store: SQLiteStore(path: test.path, access: .readOnly),
            writer: SQLiteStore(path: test.path, access: .durable))
        defer { store.close() }
        let user = try test.pseudonymizer.pseudonym(of: "u")
        var all = events(3, users: 1, seed: 3)
        for i in all.indices { all[i].pseudonym = user }
        _ = try store.appendAndWait([all[0]]).get()
        try test.events("user,item,type,time,event_id\nu,a,view,2024-01-01,e0\n")
        _ = try store.appendAndWait([all[1]]).get()
        #expect(try store.lookUp(user).get()?.eventCount == 3)
        try test.events("user,item,type,time,event_id\nu,a,view,2024-01-01,e1\n")
        _ = try store.appendAndWait([all[2]]).get()
        #expect(try store.lookUp(user).get()?.eventCount == 5)
        #expect(try test.profile("u")?.eventCount == 5)
    }

    @Test func eventsThatWaitAreBounded() {
        let queue = AppendQueue(maxEvents: 5)
        let loop = TestLoop()
        let three = PendingAppend(
            events: events(3, users: 1, seed: 1), mailbox: loop.mailbox, completion: { _ in })
        #expect(queue.push(three) == nil)
        #expect(queue.push(three)?.code == .resourceExhausted)
        guard case .batch(let batch) = queue.take(eventCount: 1, waitMs: 0) else {
            Issue.record("nothing waits")
            return
        }
        #expect(batch.count == 1)
        guard case .idle = queue.take(eventCount: 1, waitMs: 0) else {
            Issue.record("something waits")
            return
        }
        queue.close()
        #expect(queue.push(three) == .storeClosed)
        guard case .closed = queue.take(eventCount: 1, waitMs: 0) else {
            Issue.record("not closed")
            return
        }
    }
}

@Suite struct EventCleaningTests {
    private static let day: Int64 = 86_400_000_000_000
    private let cleaning = EventCleaning(nowUnixNanoseconds: FixedTime.march2024)

    private func reason(_ change: (inout Event) -> Void) -> String? {
        var event = Event(itemId: "a", type: .view, unixNanoseconds: FixedTime.march2024)
        change(&event)
        do throws(EventRejection) {
            try cleaning.check(EventCleaning.Values(event))
            return nil
        } catch { return error.field }
    }

    @Test func whatCanHaveHappenedIsTaken() {
        #expect(reason { _ in } == nil)
        #expect(reason { $0.unixNanoseconds += Self.day } == nil)
        #expect(reason { $0.quantity = 0 } == nil)
        #expect(reason { ($0.type, $0.query, $0.itemId) = (.search, "shoes", "") } == nil)
        #expect(reason { ($0.type, $0.text, $0.itemId) = (.chat, "hello", "") } == nil)
        #expect(reason { ($0.type, $0.rating) = (.review, 4) } == nil)
        #expect(reason { ($0.type, $0.dwellMilliseconds) = (.dwell, Self.day / 1_000_000) } == nil)
    }

    @Test func whatCannotIsRefusedByField() {
        #expect(reason { $0.unixNanoseconds += Self.day + 1 } == "time")
        #expect(reason { $0.unixNanoseconds = 0 } == "time")
        #expect(reason { $0.unixNanoseconds = .min } == "time")
        #expect(reason { $0.itemId = "" } == "item")
        #expect(reason { $0.quantity = -1 } == "quantity")
        #expect(reason { $0.quantity = .max } == "quantity")
        #expect(reason { $0.value = Money(micros: -1, currencyCode: "USD") } == "value")
        #expect(reason { $0.value = Money(micros: .max, currencyCode: "USD") } == "value")
        #expect(reason { $0.type = .rating } == "rating")
        #expect(reason { $0.rating = .nan } == "rating")
        #expect(reason { $0.rating = 5.5 } == "rating")
        #expect(reason { $0.position = -1 } == "position")
        #expect(reason { $0.type = .dwell } == "dwell_ms")
        #expect(reason { ($0.type, $0.dwellMilliseconds) = (.dwell, -5) } == "dwell_ms")
        #expect(reason { $0.type = .search } == "query")
        #expect(reason { $0.type = .review } == "text")
        #expect(reason { ($0.type, $0.itemId) = (.chat, "") } == "text")
    }

    @Test func anImportRefusesTheSame() throws {
        let test = try TestStore()
        let summary = try test.events(
            """
            user,item,type,time,query,text,dwell_ms,position
            u,,search,2024-01-01,shoes,,,
            u,a,dwell,2024-01-01,,,3000,2
            u,,chat,2024-01-02,,hello,,
            u,,search,2024-01-01,,,,
            u,a,dwell,2024-01-01,,,,
            u,a,view,1980-01-01,,,,
            u,a,view,2024-01-01,,,,-1
            u,,view,2024-01-01,,,,

            """)
        #expect(summary.stored == 3)
        #expect(
            summary.firstRejections.map(\.reason) == [
                "query: missing from a search", "dwell_ms: missing", "time: before the year 1990",
                "position: not a whole number from 0 to 1000000", "item: missing",
            ])
        let profile = try #require(try test.profile("u"))
        #expect(profile.eventCount == 3 && profile.searches.map(\.text) == ["shoes"])
    }
}
