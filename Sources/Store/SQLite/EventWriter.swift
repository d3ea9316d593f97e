// The one thread that writes events. It takes whatever calls wait, commits them as one transaction -
// while that one's fsync runs the next ones gather, so there is no batching timer - and answers only
// then. The order is: commit, profiles into the cache, answers. Whoever has an answer therefore finds
// the events in the next profile it asks for, and after a crash.

internal import Base
internal import GRDB
internal import Inference

/// What the writing thread does. Everything in it is that thread's.
final class EventWriter {
    /// Events of one transaction, about: the last call of it does not wait for thousands more.
    private static let eventsPerTransaction = 20_000
    /// Profiles written in one transaction when there is nothing else to do.
    private static let snapshotsPerTransaction = 16
    /// Profiles written before the thread ends; the others are folded when they are read.
    private static let maxSnapshotsAtEnd = 2_048
    private static let idleMs = 200

    private let store: SQLiteStore
    private let cache: ProfileCache
    private let spending: SpendLedger
    private let limits: Limits
    private let retention: EventRetention
    private let onStored: @Sendable ([UserEvent]) -> Void
    private let counters: StoreCounters
    private let time = SystemTime()
    private var statements: WriterStatements?
    /// Users whose stored profile lacks events.
    private var dirty: [Int64: Pseudonym] = [:]
    /// The same, of the transaction that is under way.
    private var newlyDirty: [Int64: Pseudonym] = [:]

    init(
        store: SQLiteStore, cache: ProfileCache, spending: SpendLedger, limits: Limits,
        counters: StoreCounters, onStored: @escaping @Sendable ([UserEvent]) -> Void
    ) {
        self.counters = counters
        self.onStored = onStored
        self.store = store
        self.cache = cache
        self.spending = spending
        self.limits = limits
        retention = EventRetention(maxAgeDays: limits.maxEventAgeDays)
    }

    /// Until the queue is closed; holds the connection all the time.
    func run(_ queue: AppendQueue) {
        do throws(Fault) {
            try store.writeWithoutTransaction { run(queue, $0) }
        } catch {
            // The connection is closed: nothing of what waits can be stored.
            refuseAll(queue, error)
        }
    }

    private func run(_ queue: AppendQueue, _ database: Database) {
        while true {
            let waitMs = min(
                dirty.isEmpty ? 60_000 : Self.idleMs,
                max(EventRetention.sliceIntervalMs, retention.waitMs ?? .max))
            switch queue.take(eventCount: Self.eventsPerTransaction, waitMs: waitMs) {
            case .batch(let appends): commit(appends, database)
            case .erasure(let erasure): erase(erasure, database)
            case .idle: saveSomeProfiles(database)
            case .closed:
                for _ in 0..<(Self.maxSnapshotsAtEnd / Self.snapshotsPerTransaction)
                where !dirty.isEmpty { saveSomeProfiles(database) }
                statements = nil
                return
            }
            if retention.waitMs == 0 { dropOldEvents(database) }
        }
    }

    /// A failure leaves the slice for the next pass.
    private func dropOldEvents(_ database: Database) {
        var affected: [EventRetention.Affected] = []
        do {
            try database.inTransaction(.immediate) {
                let statements = try currentStatements(database)
                affected = try retention.dropSome(database, statements.users)
                for user in affected { statements.live.forget(user.row) }
                return .commit
            }
        } catch {
            statements = nil
            return
        }
        for user in affected {
            dirty[user.row] = user.isErased ? nil : user.pseudonym
            cache.remove(user.pseudonym)
        }
    }

    private func refuseAll(_ queue: AppendQueue, _ fault: Fault) {
        queue.close()
        while true {
            switch queue.take(eventCount: .max, waitMs: 0) {
            case .batch(let appends): for append in appends { append.finish(.failure(fault)) }
            case .erasure(let erasure): erasure.finish(.failure(fault))
            case .idle, .closed: return
            }
        }
    }

    /// The user's key goes, and with it what any copy of the store holds of the user. Rows and key
    /// are overwritten where they lie (`secure_delete`), then the logs that still hold them are
    /// emptied. When that cannot be done now, the caller is told so and asks again.
    private func erase(_ erasure: PendingErasure, _ database: Database) {
        do {
            var existed = false
            try database.inTransaction(.immediate) {
                let statements = try currentStatements(database)
                if let user = try statements.users.find(erasure.pseudonym) {
                    dirty[user.row] = nil
                    statements.live.forget(user.row)
                }
                existed = try statements.users.erase(erasure.pseudonym)
                return .commit
            }
            cache.remove(erasure.pseudonym)
            let busy = try Int.fetchOne(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            guard busy == 0 else {
                throw Fault(
                    .unavailable, reason: "STORE_BUSY",
                    "the user is gone, but the store's log could not be emptied: ask again",
                    retryAfterMs: 1_000)
            }
            if existed { counters.usersErased.add() }
            erasure.finish(.success(existed))
        } catch {
            statements = nil
            erasure.finish(.failure(SQLiteFailure.fault(error, path: store.path)))
        }
    }

    private func commit(_ appends: [PendingAppend], _ database: Database) {
        var outcomes: [[AppendOutcome]] = []
        var profiles: [(Pseudonym, Profile?)] = []
        var spent: [SpendKey: Int64] = [:]
        newlyDirty = [:]
        let started = time.now()
        do {
            try database.inTransaction(.immediate) {
                let statements = try currentStatements(database)
                outcomes = try appends.map { append in
                    try append.events.map { try store($0, statements) }
                }
                profiles = try statements.live.finishTransaction { cache.contains($0) }
                try statements.journal.finishTransaction()
                spent = try statements.spend.finishTransaction()
                return .commit
            }
        } catch {
            counters.commitsFailed.add()
            // What was rolled back is still in the statements' caches.
            statements = nil
            let fault = SQLiteFailure.fault(error, path: store.path)
            for append in appends { append.finish(.failure(fault)) }
            return
        }
        if !spent.isEmpty { spending.add(spent) }
        counters.commits.record(time.now().nanoseconds(since: started))
        count(outcomes)
        dirty.merge(newlyDirty) { old, _ in old }
        for (pseudonym, profile) in profiles {
            if let profile {
                cache.replace(profile, of: pseudonym, byteCount: profile.approximateByteCount)
            } else {
                cache.remove(pseudonym)
            }
        }
        for (append, outcome) in zip(appends, outcomes) {
            onStored(zip(append.events, outcome).filter { $0.1 == .stored }.map(\.0))
            append.finish(.success(outcome))
        }
    }

    private func count(_ outcomes: [[AppendOutcome]]) {
        let all = outcomes.reduce(0) { $0 + $1.count }
        let stored = outcomes.reduce(0) { $0 + $1.count { $0 == .stored } }
        counters.eventsStored.add(stored)
        counters.eventsDuplicate.add(all - stored)
    }

    /// Made anew when another connection has changed the store: caches may be behind it.
    private func currentStatements(_ database: Database) throws -> WriterStatements {
        let version = try Int64.fetchOne(database, sql: "PRAGMA data_version") ?? 0
        if let statements, statements.dataVersion == version { return statements }
        if statements != nil { cache.removeAll() }
        // The other may have folded these users, and then they are to be marked stale again.
        dirty = [:]
        let made = try WriterStatements(
            database, self.store.secrets, dataVersion: version,
            maxRecentItems: limits.maxRecentItems)
        statements = made
        return made
    }

    private func store(
        _ event: UserEvent, _ statements: WriterStatements
    ) throws(Fault) -> AppendOutcome {
        let user = try statements.users.findOrMake(event.pseudonym)
        guard let stored = try statements.journal.insert(event.event, user: user) else {
            return .duplicate
        }
        if let charge = event.charge {
            statements.spend.add(charge, unixNanoseconds: stored.event.unixNanoseconds)
        }
        if dirty[user.row] == nil, newlyDirty.updateValue(event.pseudonym, forKey: user.row) == nil
        {
            try statements.users.markStale(user.row)
        }
        try statements.live.add(
            stored.event, of: user, event.pseudonym, fact: stored.fact,
            text: event.event.textVector)
        return .stored
    }

    /// Brings stored profiles up to their events, so that the next start folds little. A failure
    /// leaves them stale, which costs a fold when they are read.
    private func saveSomeProfiles(_ database: Database) {
        let users = Array(dirty.prefix(Self.snapshotsPerTransaction))
        for (user, _) in users { dirty[user] = nil }
        do {
            try database.inTransaction(.immediate) {
                let statements = try currentStatements(database)
                for (_, pseudonym) in users {
                    guard let user = try statements.users.find(pseudonym) else { continue }
                    let profile = try statements.live.profile(of: user, pseudonym)
                    try statements.records.setProfile(profile, of: user, pseudonym)
                }
                return .commit
            }
        } catch { statements = nil }
    }
}

/// Prepared once and kept while nobody else changes the store.
private final class WriterStatements {
    let dataVersion: Int64
    let users: UserTable
    let records: UserRecords
    let journal: EventJournal
    let live: LiveProfiles
    let spend: SpendTable

    init(
        _ database: Database, _ secrets: StoreSecrets, dataVersion: Int64, maxRecentItems: Int
    ) throws(Fault) {
        self.dataVersion = dataVersion
        users = try UserTable(database, secrets)
        records = try UserRecords(database)
        journal = try EventJournal(database)
        live = try LiveProfiles(database, maxRecentItems: maxRecentItems)
        spend = try SpendTable(database)
    }
}
