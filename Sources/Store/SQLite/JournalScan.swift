// The whole journal, a user after the other, through the reader that profiles are folded by.

public import Base
internal import GRDB

extension SQLiteStore {
    /// Users read in one transaction.
    private static let usersPerTransaction = 64

    /// Counts all events by window.
    /// - Parameter progress: called with the users done and the users there are.
    public func behaviour(
        by window: BehaviourWindow, progress: (_ done: Int, _ total: Int) -> Void
    ) throws(Fault) -> BehaviourReport {
        var counts = BehaviourCounts(window: window)
        let facts = FactCache()
        let total = try read { database in
            let count = try SQLStatement(database, "SELECT count(*) FROM users")
            return try count.step() ? Int(count.int64(0)) : 0
        }
        var done = 0
        var last: [UInt8] = []
        while true {
            let found = try read { database in
                let page = try UserPage(database, after: last, limit: Self.usersPerTransaction)
                let users = try UserTable(database, secrets)
                let events = try EventReader(database, facts: facts)
                for pseudonym in page.pseudonyms {
                    guard let user = try users.find(pseudonym) else { continue }
                    try events.read(user) { counts.add($0) }
                    counts.finishUser()
                }
                return page.pseudonyms
            }
            guard let end = found.last else { return BehaviourReport(counts) }
            last = end.bytes
            done += found.count
            progress(done, max(done, total))
        }
    }
}
