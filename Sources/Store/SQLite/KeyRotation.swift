public import Base
private import Foundation
internal import GRDB

/// Puts a store under another master key: the users' keys and the pseudonym key are wrapped anew, in
/// one transaction; what they seal stays as it is. Cut short at any moment, the store opens as before
/// or under the new key.
public struct KeyRotation {
    private static let busyTimeoutSeconds = 1.0

    private let path: String
    private let from: MasterKeySource
    private let to: MasterKeySource

    /// - Parameters:
    ///   - path: of a store that nobody has open.
    ///   - to: `.besideStore` makes a random key, which takes the old one's place; a file that is not
    ///     there is made as well.
    public init(path: String, from: MasterKeySource, to: MasterKeySource) throws(Fault) {
        guard to != .besideStore || from == .besideStore else {
            throw Fault.invalid(
                "newMasterKeyFile",
                "name the file of the new key: the old one is not beside the store")
        }
        self.path = path
        self.from = from
        self.to = to
    }

    /// Number of users whose keys were wrapped anew.
    public func run() throws(Fault) -> Int {
        // Finishes a rotation that was cut short, and finds what is wrong with store and key.
        try SQLiteStore.requireFile(path)
        try SQLiteStore(path: path, access: .readWrite, key: from).close()
        let old = try from.load(storePath: path, creates: false)
        let next = MasterKeySource.nextPath(besideStore: path)
        let new: MasterKey
        switch to {
        case .besideStore:
            // One that a rotation left without its commit: it opens nothing.
            try KeyFile.remove(next)
            try KeyFile.create(next)
            new = MasterKey(bytes: try KeyFile.load(next))
        case .file(let file):
            if !KeyFile.exists(file) { try KeyFile.create(file) }
            new = try to.load(storePath: path, creates: false)
        case .text: new = try to.load(storePath: path, creates: false)
        }
        let count: Int
        do { count = try rewrap(old, new) } catch {
            let fault = SQLiteFailure.fault(error, path: KeySchema.path(forStore: path))
            guard fault.reason == "STORE_BUSY" else { throw fault }
            throw Fault(
                .failedPrecondition, reason: "STORE_BUSY",
                "a server or an import has the store open: stop it, then rotate the key")
        }
        if to == .besideStore {
            try KeyFile.move(next, to: MasterKeySource.path(besideStore: path))
        }
        return count
    }

    /// Alone with the file: a server that went on would wrap new users' keys by the old key.
    private func rewrap(_ old: MasterKey, _ new: MasterKey) throws -> Int {
        var configuration = Configuration()
        configuration.busyMode = .timeout(Self.busyTimeoutSeconds)
        let queue = try DatabaseQueue(configuration: configuration)
        return try queue.writeWithoutTransaction { database in
            try KeySchema.attach(database, KeySchema.path(forStore: path))
            try database.execute(sql: "PRAGMA keys.locking_mode = EXCLUSIVE")
            var count = 0
            try database.inTransaction(.immediate) {
                guard let secrets = try StoreSecrets.open(database, old) else {
                    throw Fault(
                        .failedPrecondition, reason: "STORE_KEYS_MISSING", "the store has no keys")
                }
                count = try UserKeys(database, secrets).rewrapAll(database, under: new)
                try secrets.rewrap(database, under: new)
                return .commit
            }
            try database.execute(sql: "PRAGMA keys.wal_checkpoint(TRUNCATE)")
            return count
        }
    }
}
