// The tables of a store. `PRAGMA application_id` says that a file is ours, `PRAGMA user_version`
// how far its schema is. A migration, once released, is never edited: a change is a new one.

internal import Base
internal import GRDB

enum SQLiteSchema {
    /// "Rwk1" in ASCII.
    static let applicationId: Int64 = 0x5277_6B31

    static var version: Int { migrations.count }

    /// Brings the schema to `version` in one transaction. Throws for a foreign database and for one
    /// of a newer program, and leaves both alone.
    static func migrate(_ database: Database) throws {
        if try foundVersion(database) == version { return }
        try database.inTransaction(.immediate) {
            // Another process may have migrated while this one waited for the lock.
            for script in migrations[try foundVersion(database)...] {
                try database.execute(sql: script)
            }
            try database.execute(sql: "PRAGMA application_id = \(applicationId)")
            try database.execute(sql: "PRAGMA user_version = \(version)")
            return .commit
        }
    }

    /// Throws unless the schema is this program's: for who may not write.
    static func requireCurrent(_ database: Database) throws {
        let found = try foundVersion(database)
        guard found == version else {
            throw Fault(
                .failedPrecondition, reason: "STORE_OUTDATED",
                "the store has schema \(found), this program needs \(version): import into it first"
            )
        }
    }

    private static func foundVersion(_ database: Database) throws -> Int {
        let id = try Int64.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
        if id == 0, found == 0, tables == 0 { return 0 }
        guard id == applicationId else {
            throw Fault(
                .failedPrecondition, reason: "STORE_FOREIGN",
                "the database belongs to another program: its application_id is \(id)")
        }
        guard found <= version else {
            throw Fault(
                .failedPrecondition, reason: "STORE_TOO_NEW",
                "the store has schema \(found), this program knows up to \(version)")
        }
        return found
    }

    private static let migrations = [
        """
        -- Facts about the store itself: bundle version, vector dimension, key check.
        CREATE TABLE settings (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

        -- A text is encoded once. `key` is the first 16 bytes of SHA-256 over bundle version, a zero
        -- byte and the text; `body` is there only until the vector is.
        CREATE TABLE texts (
            id INTEGER PRIMARY KEY,
            key BLOB NOT NULL UNIQUE,
            body TEXT,
            scale REAL,
            vector BLOB
        );
        CREATE INDEX texts_pending ON texts (length(body)) WHERE vector IS NULL;

        -- An absent price has currency ''. `purchases` counts purchase events.
        CREATE TABLE items (
            id INTEGER PRIMARY KEY,
            item TEXT NOT NULL UNIQUE,
            title TEXT NOT NULL,
            description TEXT NOT NULL,
            category TEXT NOT NULL,
            brand TEXT NOT NULL,
            price_micros INTEGER NOT NULL,
            currency TEXT NOT NULL,
            attributes BLOB,
            text INTEGER REFERENCES texts (id),
            purchases INTEGER NOT NULL DEFAULT 0
        );

        CREATE TABLE ads (
            id INTEGER PRIMARY KEY,
            ad TEXT NOT NULL UNIQUE,
            campaign TEXT NOT NULL,
            title TEXT NOT NULL,
            description TEXT NOT NULL,
            category TEXT NOT NULL,
            brand TEXT NOT NULL,
            price_micros INTEGER NOT NULL,
            currency TEXT NOT NULL,
            attributes BLOB,
            text INTEGER REFERENCES texts (id),
            bid_micros INTEGER NOT NULL,
            bid_currency TEXT NOT NULL,
            start_ns INTEGER,
            end_ns INTEGER
        );

        CREATE TABLE intents (
            id INTEGER PRIMARY KEY,
            intent TEXT NOT NULL UNIQUE,
            answer TEXT NOT NULL
        );
        CREATE TABLE intent_examples (
            intent INTEGER NOT NULL REFERENCES intents (id),
            position INTEGER NOT NULL,
            example TEXT NOT NULL,
            text INTEGER NOT NULL REFERENCES texts (id),
            PRIMARY KEY (intent, position)
        ) WITHOUT ROWID;

        -- `profile` is a ProfileCodec blob, folded from the user's events; `stale` says events or
        -- attributes came after it was.
        CREATE TABLE users (
            id INTEGER PRIMARY KEY,
            pseudonym BLOB NOT NULL UNIQUE,
            attributes BLOB,
            profile BLOB,
            stale INTEGER NOT NULL DEFAULT 1
        );
        CREATE INDEX users_stale ON users (id) WHERE stale = 1;
        CREATE INDEX users_with_profile ON users (id) WHERE profile IS NOT NULL;

        -- What the catalogue knew of an item when an event came in, kept for ever so that replay
        -- needs no catalogue. Ids below 0: the catalogue did not know the item. `text` is 0 for none,
        -- as NULLs would never equal each other.
        CREATE TABLE item_facts (
            id INTEGER PRIMARY KEY,
            item TEXT NOT NULL,
            category TEXT NOT NULL,
            brand TEXT NOT NULL,
            price_micros INTEGER NOT NULL,
            currency TEXT NOT NULL,
            text INTEGER NOT NULL,
            UNIQUE (item, category, brand, price_micros, currency, text)
        );

        -- The journal, clustered by user: one fold reads one range.
        CREATE TABLE events (
            user INTEGER NOT NULL REFERENCES users (id),
            event TEXT NOT NULL,
            time_ns INTEGER NOT NULL,
            type INTEGER NOT NULL,
            fact INTEGER NOT NULL REFERENCES item_facts (id),
            quantity INTEGER NOT NULL,
            value_micros INTEGER,
            currency TEXT,
            rating REAL,
            channel TEXT,
            device TEXT,
            query TEXT,
            body TEXT,
            attributes BLOB,
            PRIMARY KEY (user, event)
        ) WITHOUT ROWID;
        """,
        """
        -- `position` and `dwell_ms` are 0 where unknown; the vector is that of what was searched for,
        -- written or said. Fact 0 is no item.
        ALTER TABLE events ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE events ADD COLUMN dwell_ms INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE events ADD COLUMN text_scale REAL;
        ALTER TABLE events ADD COLUMN text_vector BLOB;
        """,
    ]
}
