// Profiles of a store file, for the server. The loops ask; what is in the cache they get at once,
// the rest is read by one thread of the store's own, several at a time, and posted to their
// mailboxes. Events go to a second thread, which writes through a connection of its own. A profile
// that another process folds anew while it is cached here is seen after the next event or a
// restart.

public import Base
private import Foundation
internal import GRDB
private import Synchronization

/// `sqlite:PATH`.
public final class SQLiteProfileStore: ProfileStore {
    /// Reads that share one transaction at most, so that the first does not wait for thousands.
    private static let maxReadsPerTransaction = 64

    public let counters = StoreCounters()
    private let store: SQLiteStore
    private let cache: ProfileCache
    public let spending = SpendLedger()
    private let reads: ProfileReadQueue
    private let readerIsDone = DispatchSemaphore(value: 0)
    /// Nil for a store that may only be read.
    private let appends: AppendQueue?
    private let writer: SQLiteStore?
    private let writerIsDone = DispatchSemaphore(value: 0)
    private let isClosed = Atomic<Bool>(false)

    /// Starts the threads; `close()` ends them and closes the connections, which are this store's
    /// from here on. Throws when the profiles cannot be read.
    /// - Parameters:
    ///   - writer: a second connection, opened `.durable`; nil to take no events.
    ///   - onStored: told of events when they are durable and before anybody else is; on the writing
    ///     thread, which waits for it.
    public init(
        store: SQLiteStore, writer: SQLiteStore? = nil, limits: Limits = Limits(),
        onStored: @escaping @Sendable ([UserEvent]) -> Void = { _ in }
    ) throws(Fault) {
        self.store = store
        self.writer = writer
        appends = writer.map { _ in AppendQueue(maxEvents: limits.maxPendingEvents) }
        cache = ProfileCache(
            maxProfiles: limits.maxCachedProfiles, maxBytes: limits.maxCachedProfileBytes)
        reads = ProfileReadQueue(maxWaiting: limits.maxPendingProfileReads)
        let thread = Thread { [store, cache, reads, readerIsDone] in
            ThreadName.set("profiles")
            ProfileReader(store: store, cache: cache, maxRecentItems: limits.maxRecentItems)
                .run(reads, Self.maxReadsPerTransaction)
            readerIsDone.signal()
        }
        thread.start()
        if let writer, let appends {
            let thread = Thread { [cache, spending, counters, writerIsDone] in
                ThreadName.set("journal")
                EventWriter(
                    store: writer, cache: cache, spending: spending, limits: limits,
                    counters: counters, onStored: onStored
                ).run(appends)
                writerIsDone.signal()
            }
            thread.start()
        }
        do throws(Fault) {
            _ = try count()
            spending.add(try store.read { try SpendTable.read($0) })
        } catch {
            close()
            throw error
        }
    }

    /// Opens the store at `path` for reading, on a connection of its own.
    public convenience init(path: String, limits: Limits = Limits()) throws(Fault) {
        try self.init(store: SQLiteStore(path: path, access: .readOnly), limits: limits)
    }

    public func profileInMemory(of pseudonym: Pseudonym) -> ProfileVersion? {
        let known = cache.profile(of: pseudonym)
        if known != nil { counters.profileHits.add() }
        return known
    }

    public func profile(
        for pseudonym: Pseudonym, mailbox: LoopMailbox,
        completion: @escaping @Sendable (Result<ProfileVersion?, Fault>) -> Void
    ) -> ProfileLookup {
        if let known = cache.profile(of: pseudonym) {
            counters.profileHits.add()
            return .ready(known)
        }
        counters.profileMisses.add()
        let read = ProfileRead(pseudonym: pseudonym, mailbox: mailbox, completion: completion)
        return counted(reads.push(read).fault).map { .refused($0) } ?? .pending
    }

    public func events(
        of pseudonym: Pseudonym, after eventId: String, limit: Int, mailbox: LoopMailbox,
        completion: @escaping @Sendable (Result<[Event], Fault>) -> Void
    ) -> Fault? {
        counted(
            reads.push(
                EventsRead(
                    pseudonym: pseudonym, after: eventId, limit: limit, mailbox: mailbox,
                    completion: completion)
            ).fault)
    }

    private func counted(_ fault: Fault?) -> Fault? {
        if fault != nil { counters.refused.add() }
        return fault
    }

    public var cachedProfiles: Int { cache.count }

    public func erase(
        _ pseudonym: Pseudonym, mailbox: LoopMailbox,
        completion: @escaping @Sendable (Result<Bool, Fault>) -> Void
    ) -> Fault? {
        guard let appends else { return .storeReadOnly }
        return counted(
            appends.push(
                PendingErasure(pseudonym: pseudonym, mailbox: mailbox, completion: completion)))
    }

    public func append(
        _ events: [UserEvent], mailbox: LoopMailbox,
        completion: @escaping @Sendable (Result<[AppendOutcome], Fault>) -> Void
    ) -> Fault? {
        guard let appends else { return .storeReadOnly }
        return counted(
            appends.push(
                PendingAppend(events: events, mailbox: mailbox, completion: completion)))
    }

    public func count() throws(Fault) -> Int {
        try store.read { database in
            let count = try SQLStatement(
                database, "SELECT count(*) FROM users WHERE profile IS NOT NULL OR stale = 1")
            return try count.step() ? Int(count.int64(0)) : 0
        }
    }

    /// Refuses what comes from here on, lets what waits finish, saves the profiles, ends the threads
    /// and closes the file.
    public func close() {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        reads.close()
        readerIsDone.wait()
        if let appends {
            appends.close()
            writerIsDone.wait()
        }
        store.close()
        // Last: who may write takes the log away.
        writer?.close()
    }
}

extension ProfileReadQueue.Push {
    /// Why a read does not wait; nil when it does.
    fileprivate var fault: Fault? {
        switch self {
        case .queued: nil
        case .full: .exhausted("too many profile reads wait", retryAfterMs: 100)
        case .closed: .storeClosed
        }
    }
}

/// What the reading thread does.
private struct ProfileReader {
    let store: SQLiteStore
    let cache: ProfileCache
    let maxRecentItems: Int
    private let facts = FactCache()

    init(store: SQLiteStore, cache: ProfileCache, maxRecentItems: Int) {
        self.store = store
        self.cache = cache
        self.maxRecentItems = maxRecentItems
    }

    func run(_ reads: ProfileReadQueue, _ maxReadsPerTransaction: Int) {
        while let waiting = reads.takeAll() {
            let profiles = waiting.profiles
            for start in stride(from: 0, to: profiles.count, by: maxReadsPerTransaction) {
                let end = min(start + maxReadsPerTransaction, profiles.count)
                answer(profiles[start..<end])
            }
            for page in waiting.pages { page.finish(Result { () throws(Fault) in try read(page) }) }
        }
    }

    private func read(_ page: EventsRead) throws(Fault) -> [Event] {
        try store.read { database in
            let users = try UserTable(database, store.secrets)
            guard let user = try users.find(page.pseudonym) else { return [] }
            return try EventReader(database, facts: facts)
                .page(of: user, after: page.after, limit: page.limit)
        }
    }

    /// A failure of the file fails all reads of the slice, a damaged profile only its own. The
    /// cache's generation is taken before the transaction begins: see `ProfileCache`.
    private func answer(_ reads: ArraySlice<ProfileRead>) {
        let generations = reads.map { cache.generation(of: $0.pseudonym) }
        var answers: [Result<StoredProfile?, Fault>] = []
        do throws(Fault) {
            answers = try store.read { database in
                let finder = try ProfileFinder(
                    database, store.secrets, facts: facts, maxRecentItems: maxRecentItems)
                return try reads.map { try finder.find($0.pseudonym) }
            }
        } catch {
            answers = reads.map { _ in .failure(error) }
        }
        for (read, (answer, generation)) in zip(reads, zip(answers, generations)) {
            if case .success(let found?) = answer {
                cache.insert(
                    found.profile, of: read.pseudonym, byteCount: found.byteCount,
                    ifUnchangedSince: generation)
            }
            read.finish(answer.map { $0?.profile })
        }
    }
}

struct StoredProfile {
    var profile: ProfileVersion
    var byteCount: Int
}

/// Finds profiles in one transaction. One that lacks events is folded from the journal.
struct ProfileFinder {
    private let users: UserTable
    private let select: SQLStatement
    private let records: UserRecords
    private let events: EventReader
    private let maxRecentItems: Int

    init(
        _ database: Database, _ secrets: StoreSecrets, facts: FactCache, maxRecentItems: Int
    ) throws(Fault) {
        users = try UserTable(database, secrets)
        select = try SQLStatement(
            database, "SELECT profile, stale, attributes FROM users WHERE id = ?")
        records = try UserRecords(database)
        events = try EventReader(database, facts: facts)
        self.maxRecentItems = maxRecentItems
    }

    /// A failure of the store is thrown; one of the profile alone is the result.
    func find(_ pseudonym: Pseudonym) throws(Fault) -> Result<StoredProfile?, Fault> {
        do throws(Fault) {
            guard let user = try users.find(pseudonym) else { return .success(nil) }
            try select.bind(user.row, at: 1)
            guard try select.step() else { return .success(nil) }
            defer { select.reset() }
            if select.int64(1) == 1 {
                let profile = try folded(user, attributes: select.blob(2), pseudonym)
                return .success(
                    StoredProfile(
                        profile: ProfileVersion(profile), byteCount: profile.approximateByteCount))
            }
            guard let box = select.blob(0) else { return .success(nil) }
            let profile = try records.openProfile(box, user.key, pseudonym)
            return .success(
                StoredProfile(profile: ProfileVersion(profile), byteCount: box.count))
        } catch {
            if error.code != .dataLoss { throw error }
            return .failure(error)
        }
    }

    private func folded(
        _ user: StoredUser, attributes: [UInt8]?, _ pseudonym: Pseudonym
    ) throws(Fault) -> Profile {
        var accumulator = ProfileAccumulator(maxRecentItems: maxRecentItems)
        try events.read(user) { accumulator.add($0) }
        return accumulator.profile(
            attributes: try records.openAttributes(attributes, user.key, pseudonym))
    }
}
