import Base
import Inference
import Synchronization
import Testing

@testable import Store

/// What every profile store promises, held against each of them.
@Suite struct ProfileStoreTests {
    enum Kind: CaseIterable {
        case memory
        case sqlite

        func make(
            _ profiles: [Pseudonym: Profile], limits: Limits = Limits()
        ) throws -> (store: any ProfileStore, keep: TemporaryDirectory?) {
            switch self {
            case .memory:
                let store = MemoryProfileStore(limits: limits)
                for (pseudonym, profile) in profiles { try store.set(profile, for: pseudonym) }
                return (store, nil)
            case .sqlite:
                let directory = try TemporaryDirectory()
                let path = directory.file("store.sqlite")
                try Self.write(profiles, to: path)
                let writer = try SQLiteStore(path: path, access: .durable)
                let store = try SQLiteStore(path: path, access: .readOnly)
                return (
                    try SQLiteProfileStore(store: store, writer: writer, limits: limits), directory
                )
            }
        }

        private static func write(_ profiles: [Pseudonym: Profile], to path: String) throws {
            let store = try SQLiteStore(path: path, access: .readWrite)
            try store.write { database in
                let users = try UserTable(database, store.secrets)
                let records = try UserRecords(database)
                for (pseudonym, profile) in profiles {
                    let user = try users.findOrMake(pseudonym)
                    try records.setProfile(profile, of: user, pseudonym)
                }
            }
            store.close()
        }
    }

    private func pseudonym(_ number: Int) -> Pseudonym {
        var random = SeededRandom(seed: UInt64(number))
        return Pseudonym(bytes: (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) })
    }

    private func profile(_ number: Int) -> Profile {
        var profile = ProfileCodecTests.full
        profile.eventCount = Int64(number)
        return profile
    }

    private func profiles(_ count: Int) -> [Pseudonym: Profile] {
        Dictionary(uniqueKeysWithValues: (0..<count).map { (pseudonym($0), profile($0)) })
    }

    @Test(arguments: Kind.allCases)
    func storedProfilesAreFoundAndOthersAreNot(kind: Kind) throws {
        let (store, keep) = try kind.make(profiles(50))
        defer { store.close() }
        for _ in 0..<2 {
            for number in 0..<50 {
                #expect(try store.lookUp(pseudonym(number)).get() == profile(number))
            }
        }
        #expect(try store.lookUp(pseudonym(99)).get() == nil)
        #expect(try store.count() == 50)
        withExtendedLifetime(keep) {}
    }

    @Test(arguments: Kind.allCases)
    func everyLookupIsAnsweredExactlyOnce(kind: Kind) throws {
        let (store, keep) = try kind.make(profiles(20))
        defer { store.close() }
        let loop = TestLoop()
        let answers = Mutex([Int](repeating: 0, count: 2_000))
        var pending = 0
        for number in 0..<2_000 {
            let lookup = store.profile(for: pseudonym(number % 25), mailbox: loop.mailbox) { _ in
                answers.withLock { $0[number] += 1 }
            }
            switch lookup {
            case .ready: answers.withLock { $0[number] += 1 }
            case .pending: pending += 1
            case .refused(let fault): Issue.record(fault)
            }
        }
        #expect(loop.run { answers.withLock { $0.allSatisfy { $0 > 0 } } })
        #expect(answers.withLock { $0.allSatisfy { $0 == 1 } })
        withExtendedLifetime(keep) {}
    }

    @Test(arguments: Kind.allCases)
    func aClosedStoreRefuses(kind: Kind) throws {
        let (store, keep) = try kind.make(profiles(1))
        store.close()
        store.close()
        let answer = store.lookUp(pseudonym(5))
        #expect(throws: Fault.storeClosed) { try answer.get() }
        withExtendedLifetime(keep) {}
    }

    @Test func aFullMemoryStoreRefusesNewUsersOnly() throws {
        var limits = Limits()
        limits.maxCachedProfiles = 2
        let store = MemoryProfileStore(limits: limits)
        try store.set(profile(0), for: pseudonym(0))
        try store.set(profile(1), for: pseudonym(1))
        try store.set(profile(2), for: pseudonym(1))
        #expect(throws: Fault.self) { try store.set(profile(3), for: pseudonym(3)) }
        #expect(try store.lookUp(pseudonym(1)).get() == profile(2))
    }

    @Test func readsThatWaitAreBounded() throws {
        let queue = ProfileReadQueue(maxWaiting: 2)
        let loop = TestLoop()
        let read = ProfileRead(pseudonym: pseudonym(1), mailbox: loop.mailbox) { _ in }
        #expect(queue.push(read) == .queued)
        #expect(queue.push(read) == .queued)
        #expect(queue.push(read) == .full)
        #expect(queue.takeAll()?.profiles.count == 2)
        #expect(queue.push(read) == .queued)
        queue.close()
        #expect(queue.push(read) == .closed)
        #expect(queue.takeAll()?.profiles.count == 1)
        #expect(queue.takeAll()?.count == nil)
    }

    @Test func aCacheSmallerThanTheUsersStillAnswersAll() throws {
        var limits = Limits()
        limits.maxCachedProfiles = 16
        let (store, keep) = try Kind.sqlite.make(profiles(100), limits: limits)
        defer { store.close() }
        for number in (0..<100).reversed() {
            #expect(try store.lookUp(pseudonym(number)).get() == profile(number))
        }
        withExtendedLifetime(keep) {}
    }

    @Test func theCacheHoldsNoMoreThanItsBounds() {
        let cache = ProfileCache(maxProfiles: 64, maxBytes: 64 * 100)
        for number in 0..<1_000 {
            cache.replace(profile(number), of: pseudonym(number), byteCount: 30)
        }
        #expect(cache.count <= 64 && cache.count >= 16)
        cache.replace(profile(7), of: pseudonym(7), byteCount: 1_000_000)
        #expect(cache.profile(of: pseudonym(7)) == nil)
    }

    @Test func aProfileReadBeforeAWriteDoesNotReplaceIt() {
        let cache = ProfileCache(maxProfiles: 64, maxBytes: 64 * 100)
        let before = cache.generation(of: pseudonym(1))
        cache.replace(profile(2), of: pseudonym(1), byteCount: 30)
        cache.insert(
            ProfileVersion(profile(1)), of: pseudonym(1), byteCount: 30, ifUnchangedSince: before)
        #expect(cache.profile(of: pseudonym(1))?.profile == profile(2))
        cache.removeAll()
        #expect(cache.count == 0)
        let after = cache.generation(of: pseudonym(1))
        cache.insert(
            ProfileVersion(profile(3)), of: pseudonym(1), byteCount: 30, ifUnchangedSince: after)
        #expect(cache.profile(of: pseudonym(1))?.profile == profile(3))
    }

    @Test func aDamagedProfileFailsItsOwnReadOnly() throws {
        let test = try TestStore()
        try test.users("user,age\ngood,35\nbad,40\n")
        let bad = try test.pseudonymizer.pseudonym(of: "bad")
        try test.execute(
            "UPDATE users SET profile = x'01020304' "
                + "WHERE hex(pseudonym) = '\(Hexadecimal.text(bad.bytes).uppercased())'")
        let store = try SQLiteProfileStore(store: SQLiteStore(path: test.path, access: .readOnly))
        defer { store.close() }
        let answer = store.lookUp(bad)
        let fault = #expect(throws: Fault.self) { try answer.get() }
        #expect(fault?.reason == "STORE_CORRUPT")
        #expect(try store.lookUp(test.pseudonymizer.pseudonym(of: "good")).get() != nil)
    }
}
