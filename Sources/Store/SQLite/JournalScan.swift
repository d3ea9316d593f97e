// The whole journal, a user after the other, through the reader that profiles are folded by.

public import Base
internal import GRDB

extension SQLiteStore {
    /// Counts all events by window.
    /// - Parameter progress: called with the users done and the users there are.
    public func behaviour(
        by window: BehaviourWindow, progress: (_ done: Int, _ total: Int) -> Void
    ) throws(Fault) -> BehaviourReport {
        var counts = BehaviourCounts(window: window)
        let facts = FactCache()
        try forEachUserPage(progress: progress) { database, pseudonyms throws(Fault) in
            let users = try UserTable(database, secrets)
            let events = try EventReader(database, facts: facts)
            for pseudonym in pseudonyms {
                guard let user = try users.find(pseudonym) else { continue }
                try events.read(user) { counts.add($0) }
                counts.finishUser()
            }
        }
        return BehaviourReport(counts)
    }
}
