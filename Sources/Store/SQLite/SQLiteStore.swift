// One SQLite file in WAL mode holds catalogue, events and profiles. Several processes may have it
// open: an import writes while a server reads, and neither sees the other's half-done work.

public import Base
private import Foundation
internal import GRDB

/// A connection to a store file. Its blocks run one at a time.
public final class SQLiteStore: Sendable {
    public enum Access: Sendable {
        /// Creates the file and brings its schema up to date.
        case readWrite
        /// The same, and what is committed survives a crash of the machine.
        case durable
        /// Needs a file with the current schema.
        case readOnly
    }

    /// How long a statement waits for another process's write.
    private static let busyTimeoutSeconds = 10.0
    private static let pageCacheKiB = 64 * 1024

    public let path: String
    /// The key file this made because there was none.
    public let madeKeyPath: String?
    let secrets: StoreSecrets
    private let queue: DatabaseQueue

    /// Opens `path` and the keys beside it. Throws a `Fault` that says what is wrong with the file -
    /// missing, foreign, damaged, of a newer program, not to be written - or with its key.
    /// - Parameter key: where the master key comes from; one beside the store is made with it.
    public init(
        path: String, access: Access, key: MasterKeySource = .besideStore
    ) throws(Fault) {
        self.path = path
        do {
            if access == .readOnly { try Self.requireFile(path) }
            queue = try DatabaseQueue(path: path, configuration: Self.configuration(access))
            let opening = StoreOpening(path: path, access: access, key: key)
            (secrets, madeKeyPath) = try queue.writeWithoutTransaction { try opening.run($0) }
        } catch {
            throw SQLiteFailure.fault(error, path: path)
        }
    }

    /// Under whose key the store's users are.
    public var pseudonymizer: Pseudonymizer { secrets.pseudonymizer }

    /// The path in `sqlite:PATH`; throws for any other form.
    public static func path(fromURI uri: String) throws(Fault) -> String {
        let scheme = "sqlite:"
        guard uri.hasPrefix(scheme), uri.utf8.count > scheme.utf8.count else {
            throw Fault.invalid("store", "expected sqlite:PATH, got \(uri)")
        }
        return String(uri.dropFirst(scheme.count))
    }

    /// Waits for the block at hand; later ones fail.
    public func close() {
        // A statement still open would be a bug of this folder; the file is safe either way.
        try? queue.close()
    }

    /// Before a server opens the catalogue: brings items' popularity up to the events that the last
    /// server took.
    public func countPopularity() throws(Fault) { try PopularityCount.runIfDue(self) }

    /// One transaction of reads.
    func read<Value>(_ body: (Database) throws -> Value) throws(Fault) -> Value {
        do { return try queue.read(body) } catch { throw SQLiteFailure.fault(error, path: path) }
    }

    /// One transaction, rolled back when `body` throws.
    func write<Value>(_ body: (Database) throws -> Value) throws(Fault) -> Value {
        do { return try queue.write(body) } catch { throw SQLiteFailure.fault(error, path: path) }
    }

    /// For who commits by itself in between.
    func writeWithoutTransaction<Value>(_ body: (Database) throws -> Value) throws(Fault) -> Value {
        do {
            return try queue.writeWithoutTransaction(body)
        } catch {
            throw SQLiteFailure.fault(error, path: path)
        }
    }

    private static func configuration(_ access: Access) -> Configuration {
        var configuration = Configuration()
        configuration.label = "rankwire.store"
        configuration.readonly = access == .readOnly
        configuration.busyMode = .timeout(busyTimeoutSeconds)
        // The schema's REFERENCES are for its reader: each import writes both ends in a transaction,
        // and checking them again would double the cost of an event.
        configuration.foreignKeysEnabled = false
        if access != .readOnly { configuration.journalMode = .wal }
        configuration.prepareDatabase { database in
            // What is erased is overwritten, wherever it lies, whoever put it there.
            try database.execute(sql: "PRAGMA secure_delete = ON")
            try database.execute(sql: "PRAGMA cache_size = -\(pageCacheKiB)")
        }
        return configuration
    }

    /// Throws unless there is a file: for who must not make an empty store by a misspelt path.
    public static func requireFile(_ path: String) throws(Fault) {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw Fault(
                .failedPrecondition, reason: "STORE_MISSING",
                "there is no store yet: import items into it first")
        }
        if isDirectory.boolValue {
            throw Fault(.failedPrecondition, reason: "STORE_MISSING", "the store is a directory")
        }
    }
}
