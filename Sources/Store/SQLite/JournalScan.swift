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

extension SQLiteStore {
    /// Every user's events with what profiles read of them, in order of time.
    /// - Parameter progress: called with the users done and the users there are.
    public func forEachHistory(
        progress: (_ done: Int, _ total: Int) -> Void,
        _ body: (_ attributes: [String: String], _ events: [EnrichedEvent]) -> Void
    ) throws(Fault) {
        let facts = FactCache()
        try forEachUserPage(progress: progress) { database, pseudonyms throws(Fault) in
            let users = try UserTable(database, secrets)
            let records = try UserRecords(database)
            let reader = try EventReader(database, facts: facts)
            for pseudonym in pseudonyms {
                guard let user = try users.find(pseudonym) else { continue }
                var events: [EnrichedEvent] = []
                try reader.read(user) { events.append($0) }
                body(try records.attributes(of: user, pseudonym), events)
            }
        }
    }

    /// What is declared of users, by their identifiers; those the store does not know are left out.
    public func attributes(ofUsers ids: [String]) throws(Fault) -> [String: [String: String]] {
        try read { database in
            let users = try UserTable(database, secrets)
            let records = try UserRecords(database)
            var found: [String: [String: String]] = [:]
            for id in ids {
                let pseudonym = try pseudonymizer.pseudonym(of: id)
                guard let user = try users.find(pseudonym) else { continue }
                found[id] = try records.attributes(of: user, pseudonym)
            }
            return found
        }
    }
}
