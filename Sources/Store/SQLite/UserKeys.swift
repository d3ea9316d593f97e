internal import Base
internal import GRDB

/// The users' keys. Who has none has nothing: what rows a crash may have left of such a user are
/// unreadable, and are removed when they are met.
final class UserKeys {
    private static let usersPerPage = 1_000

    private let masterKey: MasterKey
    private let boxes: SealedBoxes
    private let select: SQLStatement
    private let insert: SQLStatement
    private let delete: SQLStatement

    init(_ database: Database, _ secrets: StoreSecrets) throws(Fault) {
        masterKey = secrets.masterKey
        boxes = try SealedBoxes()
        select = try SQLStatement(database, "SELECT box FROM keys.user_keys WHERE pseudonym = ?")
        insert = try SQLStatement(
            database, "INSERT OR REPLACE INTO keys.user_keys (pseudonym, box) VALUES (?, ?)")
        delete = try SQLStatement(database, "DELETE FROM keys.user_keys WHERE pseudonym = ?")
    }

    func find(_ pseudonym: Pseudonym) throws(Fault) -> UserKey? {
        try select.bind(blob: pseudonym.bytes.span, at: 1)
        guard try select.step() else { return nil }
        defer { select.reset() }
        return try Self.unwrap(select.blob(0) ?? [], pseudonym, masterKey, boxes)
    }

    func make(_ pseudonym: Pseudonym) throws(Fault) -> UserKey {
        let key = try UserKey.random()
        try put(key, pseudonym, masterKey)
        return key
    }

    /// Whether there was one.
    @discardableResult
    func destroy(_ pseudonym: Pseudonym) throws(Fault) -> Bool {
        try delete.bind(blob: pseudonym.bytes.span, at: 1)
        return try delete.run() > 0
    }

    /// The keys of all users wrapped by another master key, in the caller's transaction.
    func rewrapAll(_ database: Database, under next: MasterKey) throws(Fault) -> Int {
        let page = try SQLStatement(
            database,
            """
            SELECT pseudonym, box FROM keys.user_keys WHERE pseudonym > ? ORDER BY pseudonym
            LIMIT \(Self.usersPerPage)
            """)
        var last: [UInt8] = []
        var count = 0
        while true {
            try page.bind(blob: last.span, at: 1)
            // Read before any of them changes: an update moves the row under a scan.
            var users: [(pseudonym: Pseudonym, box: [UInt8])] = []
            while try page.step() {
                users.append((Pseudonym(bytes: page.blob(0) ?? []), page.blob(1) ?? []))
            }
            guard let end = users.last else { return count }
            for user in users {
                let key = try Self.unwrap(user.box, user.pseudonym, masterKey, boxes)
                try put(key, user.pseudonym, next)
            }
            last = end.pseudonym.bytes
            count += users.count
        }
    }

    private func put(
        _ key: UserKey, _ pseudonym: Pseudonym, _ masterKey: MasterKey
    ) throws(Fault) {
        try insert.bind(blob: pseudonym.bytes.span, at: 1)
        try insert.bind(blob: try wrap(key, pseudonym, masterKey), at: 2)
        try insert.run()
    }

    private func wrap(
        _ key: UserKey, _ pseudonym: Pseudonym, _ masterKey: MasterKey
    ) throws(Fault) -> [UInt8] {
        try boxes.seal(key.bytes, key: masterKey.bytes, context: Self.context(pseudonym))
    }

    private static func unwrap(
        _ box: [UInt8], _ pseudonym: Pseudonym, _ masterKey: MasterKey, _ boxes: SealedBoxes
    ) throws(Fault) -> UserKey {
        let opened = try boxes.open(
            box.span, key: masterKey.bytes, context: context(pseudonym))
        guard let bytes = opened, bytes.count == UserKey.byteCount else {
            throw Fault(
                .dataLoss, reason: "STORE_CORRUPT",
                "the store's keys are damaged: a user's key does not open under the master key")
        }
        return UserKey(bytes: bytes)
    }

    /// A key is of its user's row alone.
    private static func context(_ pseudonym: Pseudonym) -> [UInt8] {
        Array("rankwire user key v1".utf8) + pseudonym.bytes
    }
}
