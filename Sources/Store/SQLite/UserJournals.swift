// All that a store knows of users, one after the other: what ads learn from. The same reader that
// profiles are folded by.

public import Base
internal import GRDB

/// A user's events and what was declared.
public struct UserJournal: Sendable {
    public let pseudonym: Pseudonym
    /// Oldest first.
    public let events: [EnrichedEvent]
    public let attributes: [String: String]

    public init(pseudonym: Pseudonym, events: [EnrichedEvent], attributes: [String: String] = [:]) {
        self.pseudonym = pseudonym
        self.events = events
        self.attributes = attributes
    }

    /// The profile as it was just before each moment; see `ProfileFold.profiles`.
    public func profiles(
        before moments: [Int64], maxRecentItems: Int = Limits().maxRecentItems
    ) -> [Profile] {
        var fold = ProfileFold(maxRecentItems: maxRecentItems)
        for event in events { fold.add(event) }
        return fold.profiles(before: moments, attributes: attributes)
    }
}

extension SQLiteStore {
    /// Every user, in the order of the pseudonyms.
    /// - Parameter progress: called with the users done and the users there are.
    public func forEachJournal(
        progress: (_ done: Int, _ total: Int) -> Void, _ body: (UserJournal) -> Void
    ) throws(Fault) {
        let facts = FactCache()
        try forEachUserPage(progress: progress) { database, pseudonyms throws(Fault) in
            let reader = try JournalReader(database, secrets, facts)
            for pseudonym in pseudonyms {
                if let history = try reader.read(pseudonym) { body(history) }
            }
        }
    }

    /// Those of the users who are stored.
    public func journals(of pseudonyms: [Pseudonym]) throws(Fault) -> [UserJournal] {
        try read { database in
            let reader = try JournalReader(database, secrets, FactCache())
            return try pseudonyms.compactMap { try reader.read($0) }
        }
    }

    /// Users with an event of that time or later, by whole days.
    public func users(activeSince unixNanoseconds: Int64) throws(Fault) -> [Pseudonym] {
        try read { database in
            let select = try SQLStatement(
                database,
                """
                SELECT pseudonym FROM users
                WHERE id IN (SELECT user FROM events WHERE day >= ?) ORDER BY pseudonym
                """)
            try select.bind(Event.day(ofUnixNanoseconds: unixNanoseconds), at: 1)
            var found: [Pseudonym] = []
            while try select.step() { found.append(Pseudonym(bytes: select.blob(0) ?? [])) }
            return found
        }
    }
}

private struct JournalReader {
    private let users: UserTable
    private let records: UserRecords
    private let events: EventReader

    init(_ database: Database, _ secrets: StoreSecrets, _ facts: FactCache) throws(Fault) {
        users = try UserTable(database, secrets)
        records = try UserRecords(database)
        events = try EventReader(database, facts: facts)
    }

    func read(_ pseudonym: Pseudonym) throws(Fault) -> UserJournal? {
        guard let user = try users.find(pseudonym) else { return nil }
        var found: [EnrichedEvent] = []
        try events.read(user) { found.append($0) }
        return UserJournal(
            pseudonym: pseudonym, events: found,
            attributes: try records.attributes(of: user, pseudonym))
    }
}
