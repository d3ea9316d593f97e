internal import Base
private import Foundation
internal import GRDB

/// The steps of opening a store: its schema, its keys, and that the three - store, keys and master
/// key - belong together.
struct StoreOpening {
    let path: String
    let access: SQLiteStore.Access
    let key: MasterKeySource

    private var mayWrite: Bool { access != .readOnly }

    /// - Returns: what opens the store, and the master key's file if this made it.
    func run(_ database: Database) throws -> (StoreSecrets, String?) {
        // In WAL mode a crash of the machine may lose the last commits, never the file; an import that
        // was cut short is run again. Here, as GRDB sets its own when it has turned WAL mode on.
        try database.execute(
            sql: "PRAGMA main.synchronous = \(access == .durable ? "FULL" : "NORMAL")")
        try requireKeys(isMade: try SQLiteSchema.isMade(database))
        try KeySchema.attach(database, KeySchema.path(forStore: path))
        let secrets: StoreSecrets
        var madeKeyPath: String?
        if mayWrite {
            try database.execute(sql: "PRAGMA keys.journal_mode = WAL")
            (secrets, madeKeyPath) = try openOrMake(database)
            try SQLiteSchema.migrate(database)
            // A store that has its key is opened without waiting for who writes.
            if try !StoreSettings.hasKey(database) {
                try database.inTransaction(.immediate) {
                    try StoreSettings.bind(database, to: secrets.pseudonymizer)
                    return .commit
                }
            }
        } else {
            try SQLiteSchema.requireCurrent(database)
            guard try KeySchema.isMade(database), let found = try open(database)
            else { throw missing }
            secrets = found
        }
        try StoreSettings.requireKey(database, of: secrets.pseudonymizer)
        return (secrets, madeKeyPath)
    }

    private var missing: Fault {
        Fault(
            .failedPrecondition, reason: "STORE_KEYS_MISSING",
            "the store's keys \(KeySchema.path(forStore: path)) are missing: without them nothing of "
                + "its users can be read")
    }

    /// SQLite would make an empty file in the place of lost keys.
    private func requireKeys(isMade: Bool) throws {
        let keys = KeySchema.path(forStore: path)
        if isMade, !FileManager.default.fileExists(atPath: keys) { throw missing }
    }

    private func openOrMake(_ database: Database) throws -> (StoreSecrets, String?) {
        if try KeySchema.isMade(database), let found = try open(database) {
            return (found, nil)
        }
        let keyPath = MasterKeySource.path(besideStore: path)
        let hadKey = key != .besideStore || FileManager.default.fileExists(atPath: keyPath)
        let masterKey = try key.load(storePath: path, creates: true)
        var made: StoreSecrets?
        try database.inTransaction(.immediate) {
            // Another process may have made them while this one waited for the lock.
            if try !KeySchema.isMade(database) { try KeySchema.make(database) }
            made = try StoreSecrets.open(database, masterKey)
            if made == nil { made = try StoreSecrets.make(database, masterKey) }
            return .commit
        }
        guard let made else { throw missing }
        return (made, hadKey ? nil : keyPath)
    }

    private func open(_ database: Database) throws(Fault) -> StoreSecrets? {
        do throws(Fault) {
            return try StoreSecrets.open(database, try key.load(storePath: path, creates: false))
        } catch {
            let next = MasterKeySource.nextPath(besideStore: path)
            guard error.reason == "WRONG_MASTER_KEY", key == .besideStore, KeyFile.exists(next)
            else { throw error }
            // A rotation was cut short between its commit and the new key's name.
            let found = try StoreSecrets.open(
                database, MasterKey(bytes: try KeyFile.load(next)))
            if mayWrite {
                try KeyFile.move(next, to: MasterKeySource.path(besideStore: path))
            }
            return found
        }
    }
}
