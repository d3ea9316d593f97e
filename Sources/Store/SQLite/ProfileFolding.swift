// Brings stored profiles up to their events: streams a user's events in order of time through the
// arithmetic that inline users get, one user at a time, so memory does not grow with the journal.

internal import Base
internal import GRDB
internal import Inference

struct ProfileFolding {
    /// Users folded in one transaction: readers see them all or none, other writers wait so long.
    private static let usersPerTransaction = 256

    let store: SQLiteStore
    let maxRecentItems: Int

    /// Number of users folded.
    /// - Parameter progress: called with the users done and the users there are to do.
    func run(progress: (_ done: Int, _ total: Int) -> Void) throws(Fault) -> Int {
        let total = try store.read { database in
            let count = try SQLStatement(database, "SELECT count(*) FROM users WHERE stale = 1")
            return try count.step() ? Int(count.int64(0)) : 0
        }
        let facts = FactCache()
        var done = 0
        while true {
            let folded = try store.write { try foldSome($0, facts: facts) }
            if folded == 0 { return done }
            done += folded
            progress(done, max(done, total))
        }
    }

    private func foldSome(_ database: Database, facts: FactCache) throws(Fault) -> Int {
        let stale = try SQLStatement(
            database,
            """
            SELECT pseudonym FROM users WHERE stale = 1 ORDER BY id
            LIMIT \(Self.usersPerTransaction)
            """)
        var batch: [Pseudonym] = []
        while try stale.step() { batch.append(Pseudonym(bytes: stale.blob(0) ?? [])) }
        let users = try UserTable(database, store.secrets)
        let records = try UserRecords(database)
        let events = try EventReader(database, facts: facts)
        for pseudonym in batch {
            guard let user = try users.find(pseudonym) else {
                try users.erase(pseudonym)
                continue
            }
            var accumulator = ProfileAccumulator(maxRecentItems: maxRecentItems)
            try events.read(user) { accumulator.add($0) }
            let attributes = try records.attributes(of: user, pseudonym)
            try records.setProfile(
                accumulator.profile(attributes: attributes), of: user, pseudonym)
        }
        return batch.count
    }
}
