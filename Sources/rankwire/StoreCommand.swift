import ArgumentParser
import Base
import Foundation
import Store

struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store", abstract: "Look after a store.", subcommands: [RotateKey.self])
}

struct RotateKey: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put a store under a new master key.",
        discussion: """
            Stop the server first. Without --new-master-key-file a new random key takes the place of \
            PATH.key. What is sealed stays as it is, and so do the pseudonyms: only keys are wrapped \
            anew. Interrupted, the command is simply run again.
            """)

    @Option(help: "The store, sqlite:PATH.")
    var store: String

    @Option(help: "File with the master key of today; PATH.key when absent.")
    var masterKeyFile: String?

    @Option(help: "File with the new master key, made when it is not there.")
    var newMasterKeyFile: String?

    func run() throws {
        do {
            let path = try SQLiteStore.path(fromURI: store)
            let rotation = try KeyRotation(
                path: path,
                from: try MasterKeySource(
                    file: masterKeyFile, environment: ProcessInfo.processInfo.environment),
                to: newMasterKeyFile.map { .file($0) } ?? .besideStore)
            let count = try rotation.run()
            let key = newMasterKeyFile ?? MasterKeySource.path(besideStore: path)
            print("the store is under the new master key \(key): \(Terminal.grouped(count)) users")
        } catch { throw failed(error.message) }
    }
}
