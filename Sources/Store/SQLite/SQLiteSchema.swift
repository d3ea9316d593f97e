// The tables of a store. `PRAGMA application_id` says that a file is ours, `PRAGMA user_version`
// how far its schema is. A migration, once released, is never edited: a change is a new one.

internal import Base
internal import GRDB

enum SQLiteSchema {
    /// "Rwk1" in ASCII.
    static let applicationId: Int64 = 0x5277_6B31

    /// Of the first migration. Stores of versions 1 and 2 were not sealed.
    private static let firstVersion = 3
    static var version: Int { firstVersion + migrations.count - 1 }

    /// Whether there is anything in it. Throws for a foreign database, one of a newer program and one
    /// that is not sealed, and leaves them alone.
    static func isMade(_ database: Database) throws -> Bool { try foundVersion(database) > 0 }

    /// Brings the schema to `version` in one transaction; throws as `isMade` does.
    static func migrate(_ database: Database) throws {
        if try foundVersion(database) == version { return }
        try database.inTransaction(.immediate) {
            // Another process may have migrated while this one waited for the lock.
            for script in migrations[max(0, try foundVersion(database) - firstVersion + 1)...] {
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
        guard found >= firstVersion else {
            throw Fault(
                .failedPrecondition, reason: "STORE_UNSEALED",
                "an earlier version made this store, and its profiles are not sealed: import "
                    + "everything into a new store, then delete this one")
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

        -- `attributes` and `profile` are sealed under the user's key (see KeySchema); `stale` says events
        -- or attributes came after the profile was folded.
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

        -- How often the item was bought, by its fact.
        CREATE TABLE fact_purchases (fact INTEGER PRIMARY KEY, purchases INTEGER NOT NULL);

        -- The journal, clustered by user: one fold reads one range. `mark` is made of the event's id by
        -- the user's key, `box` is the event sealed under it, `day` is days since 1970, for retention.
        CREATE TABLE events (
            user INTEGER NOT NULL REFERENCES users (id),
            mark BLOB NOT NULL,
            day INTEGER NOT NULL,
            box BLOB NOT NULL,
            PRIMARY KEY (user, mark)
        ) WITHOUT ROWID;
        """,
        """
        -- `AdDelivery` as JSON; '' for the default.
        ALTER TABLE ads ADD COLUMN delivery TEXT NOT NULL DEFAULT '';

        -- What a campaign spent on a day (days since 1970, UTC), written with the events that cost it.
        CREATE TABLE ad_spend (
            account TEXT NOT NULL,
            day INTEGER NOT NULL,
            micros INTEGER NOT NULL,
            PRIMARY KEY (account, day)
        ) WITHOUT ROWID;
        CREATE INDEX ad_spend_days ON ad_spend (day);
        """,
        """
        -- Help articles. Labels have commas between them. The texts are the passages, then the
        -- sentences, as `Article.encoderTexts` cuts them.
        CREATE TABLE articles (
            id INTEGER PRIMARY KEY,
            article TEXT NOT NULL UNIQUE,
            title TEXT NOT NULL,
            body TEXT NOT NULL,
            url TEXT NOT NULL,
            labels TEXT NOT NULL
        );
        CREATE TABLE article_texts (
            article INTEGER NOT NULL REFERENCES articles (id),
            position INTEGER NOT NULL,
            text INTEGER NOT NULL REFERENCES texts (id),
            PRIMARY KEY (article, position)
        ) WITHOUT ROWID;
        """,
    ]
}
