// The keys of a store's users lie in a file of their own, `STORE.keys`, so that what is erased there
// is erased for every copy of the store as well: a backup of the store opens with the keys of today.
// Attached to every connection as the schema `keys`; its commits are on disk before they are
// answered, whatever the connection's own are.

internal import Base
internal import GRDB

enum KeySchema {
    /// "RwkK" in ASCII.
    private static let applicationId: Int64 = 0x5277_6B4B
    private static let version = 1

    static func path(forStore storePath: String) -> String { storePath + ".keys" }

    /// Attaches the file at `path`, which is made when it is missing.
    static func attach(_ database: Database, _ path: String) throws {
        try database.execute(sql: "ATTACH DATABASE ? AS keys", arguments: [path])
        try database.execute(sql: "PRAGMA keys.secure_delete = ON")
        try database.execute(sql: "PRAGMA keys.synchronous = FULL")
    }

    /// Whether the file's tables are there. Throws for a foreign file and a newer program's.
    static func isMade(_ database: Database) throws -> Bool {
        let id = try Int64.fetchOne(database, sql: "PRAGMA keys.application_id") ?? 0
        let found = try Int.fetchOne(database, sql: "PRAGMA keys.user_version") ?? 0
        let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM keys.sqlite_schema") ?? 0
        if id == 0, found == 0, tables == 0 { return false }
        guard id == applicationId, found == version else {
            throw Fault(
                .failedPrecondition, reason: "STORE_FOREIGN",
                "the store's keys are another program's: application_id \(id), version \(found)")
        }
        return true
    }

    /// In a transaction.
    static func make(_ database: Database) throws {
        try database.execute(
            sql: """
                -- The pseudonym key, wrapped by the master key.
                CREATE TABLE keys.secrets (name TEXT PRIMARY KEY, box BLOB NOT NULL) WITHOUT ROWID;
                -- A key a user, wrapped by the master key.
                CREATE TABLE keys.user_keys (pseudonym BLOB PRIMARY KEY, box BLOB NOT NULL)
                    WITHOUT ROWID;
                """)
        try database.execute(sql: "PRAGMA keys.application_id = \(applicationId)")
        try database.execute(sql: "PRAGMA keys.user_version = \(version)")
    }
}
