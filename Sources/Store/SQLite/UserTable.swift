internal import Base
internal import GRDB

/// A user's row and key.
struct StoredUser {
    let row: Int64
    let key: UserKey
}

/// Users by their pseudonyms. What is found stays in memory: for who holds it while nobody else
/// changes the store.
final class UserTable {
    /// About 300 bytes each. Emptied when full.
    private static let maxCachedUsers = 100_000

    let keys: UserKeys
    private let select: SQLStatement
    private let insert: SQLStatement
    private let deleteEvents: SQLStatement
    private let delete: SQLStatement
    private let stale: SQLStatement
    private var cache: [Pseudonym: StoredUser] = [:]

    init(_ database: Database, _ secrets: StoreSecrets) throws(Fault) {
        keys = try UserKeys(database, secrets)
        select = try SQLStatement(database, "SELECT id FROM users WHERE pseudonym = ?")
        insert = try SQLStatement(
            database, "INSERT INTO users (pseudonym) VALUES (?) RETURNING id")
        deleteEvents = try SQLStatement(database, "DELETE FROM events WHERE user = ?")
        delete = try SQLStatement(database, "DELETE FROM users WHERE id = ?")
        stale = try SQLStatement(database, "UPDATE users SET stale = 1 WHERE id = ?")
    }

    func find(_ pseudonym: Pseudonym) throws(Fault) -> StoredUser? {
        if let known = cache[pseudonym] { return known }
        guard let key = try keys.find(pseudonym), let row = try row(of: pseudonym) else {
            return nil
        }
        return remember(StoredUser(row: row, key: key), pseudonym)
    }

    func findOrMake(_ pseudonym: Pseudonym) throws(Fault) -> StoredUser {
        if let known = try find(pseudonym) { return known }
        try erase(pseudonym)
        let key = try keys.make(pseudonym)
        try insert.bind(blob: pseudonym.bytes.span, at: 1)
        guard try insert.step() else {
            throw Fault(.internal, reason: "STORE_FAILURE", "a new user got no row")
        }
        defer { insert.reset() }
        return remember(StoredUser(row: insert.int64(0), key: key), pseudonym)
    }

    func forget() { cache.removeAll() }

    /// The stored profile lacks something.
    func markStale(_ row: Int64) throws(Fault) {
        try stale.bind(row, at: 1)
        try stale.run()
    }

    /// Removes rows and key; whether there was anything.
    @discardableResult
    func erase(_ pseudonym: Pseudonym) throws(Fault) -> Bool {
        cache[pseudonym] = nil
        let hadKey = try keys.destroy(pseudonym)
        guard let row = try row(of: pseudonym) else { return hadKey }
        for statement in [deleteEvents, delete] {
            try statement.bind(row, at: 1)
            try statement.run()
        }
        return true
    }

    private func row(of pseudonym: Pseudonym) throws(Fault) -> Int64? {
        try select.bind(blob: pseudonym.bytes.span, at: 1)
        guard try select.step() else { return nil }
        defer { select.reset() }
        return select.int64(0)
    }

    private func remember(_ user: StoredUser, _ pseudonym: Pseudonym) -> StoredUser {
        if cache.count >= Self.maxCachedUsers { cache.removeAll(keepingCapacity: true) }
        cache[pseudonym] = user
        return user
    }
}
