internal import Base
internal import GRDB

/// What opens a store: its master key, and the pseudonymizer whose key the master key wraps. Every
/// connection is opened with them or not at all.
struct StoreSecrets: Sendable {
    let masterKey: MasterKey
    let pseudonymizer: Pseudonymizer

    private static let name = "pseudonym_key"
    private static let context = Array("rankwire pseudonym key v1".utf8)

    /// Nil when there is no pseudonym key yet. Throws when the master key is not the store's.
    static func open(_ database: Database, _ masterKey: MasterKey) throws(Fault) -> StoreSecrets? {
        let select = try SQLStatement(database, "SELECT box FROM keys.secrets WHERE name = ?")
        try select.bind(text: name, at: 1)
        guard try select.step() else { return nil }
        defer { select.reset() }
        let box = select.blob(0) ?? []
        let opened = try SealedBoxes().open(box.span, key: masterKey.bytes, context: context)
        guard let key = opened else {
            throw Fault(
                .failedPrecondition, reason: "WRONG_MASTER_KEY",
                "the master key is not the one this store is sealed under")
        }
        return StoreSecrets(masterKey: masterKey, pseudonymizer: try Pseudonymizer(key: key))
    }

    /// With a new pseudonym key.
    static func make(_ database: Database, _ masterKey: MasterKey) throws(Fault) -> StoreSecrets {
        let key = try RandomBytes.make(Pseudonymizer.keyByteCount)
        try write(database, key, masterKey)
        return StoreSecrets(masterKey: masterKey, pseudonymizer: try Pseudonymizer(key: key))
    }

    /// The pseudonym key wrapped by another master key; it stays itself, and so do the pseudonyms.
    func rewrap(_ database: Database, under next: MasterKey) throws(Fault) {
        try Self.write(database, pseudonymizer.key, next)
    }

    private static func write(
        _ database: Database, _ key: [UInt8], _ masterKey: MasterKey
    ) throws(Fault) {
        let insert = try SQLStatement(
            database, "INSERT OR REPLACE INTO keys.secrets (name, box) VALUES (?, ?)")
        try insert.bind(text: name, at: 1)
        let box = try SealedBoxes().seal(key, key: masterKey.bytes, context: context)
        try insert.bind(blob: box, at: 2)
        try insert.run()
    }
}
