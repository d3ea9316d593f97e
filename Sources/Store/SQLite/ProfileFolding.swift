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
        let users = try SQLStatement(
            database,
            """
            SELECT id, attributes FROM users WHERE stale = 1 ORDER BY id
            LIMIT \(Self.usersPerTransaction)
            """)
        var batch: [(id: Int64, attributes: [UInt8]?)] = []
        while try users.step() { batch.append((users.int64(0), users.blob(1))) }
        let events = try EventReader(database, facts: facts)
        let update = try SQLStatement(
            database, "UPDATE users SET profile = ?, stale = 0 WHERE id = ?")
        for user in batch {
            var accumulator = ProfileAccumulator(maxRecentItems: maxRecentItems)
            try events.read(user: user.id) { accumulator.add($0) }
            let profile = accumulator.profile(
                attributes: try AttributeCodec.decode(user.attributes))
            try update.bind(blob: try ProfileCodec.encode(profile), at: 1)
            try update.bind(user.id, at: 2)
            try update.run()
        }
        return batch.count
    }
}
