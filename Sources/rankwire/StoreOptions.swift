import ArgumentParser
import Base
import Foundation
import Store

/// The store that a command works on itself, without a server.
struct StoreOptions: ParsableArguments {
    @Option(help: "The store, sqlite:PATH.") var store: String
    @Option(help: "File with the master key of the store's seals; PATH.key when absent.")
    var masterKeyFile: String?

    /// The store must be there: a misspelt path makes no empty one.
    func open(_ access: SQLiteStore.Access) throws(Fault) -> SQLiteStore {
        try Self.open(store, masterKeyFile: masterKeyFile, access)
    }

    /// The same for a command that needs a store only sometimes.
    static func open(
        _ store: String, masterKeyFile: String?, _ access: SQLiteStore.Access
    ) throws(Fault) -> SQLiteStore {
        let path = try SQLiteStore.path(fromURI: store)
        try SQLiteStore.requireFile(path)
        return try SQLiteStore(
            path: path, access: access,
            key: try MasterKeySource(
                file: masterKeyFile, environment: ProcessInfo.processInfo.environment))
    }
}
