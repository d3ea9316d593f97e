// Events that are older than they may be kept go: once a day the writing thread passes over the
// journal, a slice at a time between its other work. The profiles they were in are folded anew without
// them, and a user of whom nothing is left is erased.

internal import Base
internal import GRDB

/// How far the pass is. The writing thread only.
final class EventRetention {
    /// Rows looked at in one transaction: a millisecond or two.
    private static let rowsPerSlice = 2_000
    private static let daysBetweenPasses: UInt64 = 1

    /// Between slices, so that appends have the most of the thread.
    static let sliceIntervalMs = 50

    private let maxAgeDays: Int
    private let time: any TimeSource
    private var last: (user: Int64, mark: [UInt8]) = (.min, [])
    private var nextSlice: MonotonicTime?

    /// - Parameter maxAgeDays: 0 keeps events for ever.
    init(maxAgeDays: Int, time: any TimeSource = SystemTime()) {
        self.maxAgeDays = maxAgeDays
        self.time = time
        nextSlice = maxAgeDays > 0 ? time.now() : nil
    }

    /// Milliseconds until there is a slice to look at; nil for never.
    var waitMs: Int? {
        nextSlice.map { Int(clamping: $0.nanoseconds(since: time.now()) / 1_000_000) }
    }

    /// A user who lost events.
    struct Affected {
        let row: Int64
        let pseudonym: Pseudonym
        /// Nothing is left of it.
        let isErased: Bool
    }

    /// Looks at the next rows, in the caller's transaction.
    func dropSome(_ database: Database, _ users: UserTable) throws(Fault) -> [Affected] {
        let today = Event.day(ofUnixNanoseconds: time.unixNanoseconds())
        let select = try SQLStatement(
            database,
            """
            SELECT user, mark, day FROM events WHERE (user, mark) > (?, ?) ORDER BY user, mark
            LIMIT \(Self.rowsPerSlice)
            """)
        try select.bind(last.user, at: 1)
        let mark = last.mark
        try select.bind(blob: mark.span, at: 2)
        var old: [(user: Int64, mark: [UInt8])] = []
        var count = 0
        while try select.step() {
            count += 1
            last = (select.int64(0), select.blob(1) ?? [])
            if select.int64(2) < today - Int64(maxAgeDays) { old.append(last) }
        }
        if count < Self.rowsPerSlice {
            last = (.min, [])
            nextSlice = time.now().advanced(
                byNanoseconds: Self.daysBetweenPasses * 86_400 * 1_000_000_000)
        } else {
            nextSlice = time.now().advanced(
                byNanoseconds: UInt64(Self.sliceIntervalMs) * 1_000_000)
        }
        return try drop(old, database, users)
    }

    private func drop(
        _ events: [(user: Int64, mark: [UInt8])], _ database: Database, _ users: UserTable
    ) throws(Fault) -> [Affected] {
        if events.isEmpty { return [] }
        let delete = try SQLStatement(database, "DELETE FROM events WHERE user = ? AND mark = ?")
        for event in events {
            try delete.bind(event.user, at: 1)
            try delete.bind(blob: event.mark.span, at: 2)
            try delete.run()
        }
        let select = try SQLStatement(
            database,
            """
            SELECT pseudonym, attributes IS NULL AND NOT EXISTS
                (SELECT 1 FROM events WHERE events.user = users.id)
            FROM users WHERE id = ?
            """)
        var affected: [Affected] = []
        for row in Set(events.map(\.user)).sorted() {
            try select.bind(row, at: 1)
            guard try select.step() else { continue }
            let user = Affected(
                row: row, pseudonym: Pseudonym(bytes: select.blob(0) ?? []),
                isErased: select.int64(1) == 1)
            select.reset()
            if user.isErased {
                try users.erase(user.pseudonym)
            } else {
                try users.markStale(row)
            }
            affected.append(user)
        }
        return affected
    }
}
