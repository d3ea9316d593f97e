internal import Base
internal import GRDB
internal import Inference

/// The texts of a store by content: whoever names the same text gets the same row, so it is encoded
/// once. A new row waits without its vector until `TextEncodingQueue` has run or `save` is called.
final class TextTable {
    struct Text {
        var id: Int64
        var key: VectorKey
    }

    private let hasher: TextKeyHasher
    private let find: SQLStatement
    private let insert: SQLStatement
    private let update: SQLStatement
    private let select: SQLStatement

    init(_ database: Database, bundleVersion: String) throws(Fault) {
        hasher = try TextKeyHasher(bundleVersion: bundleVersion)
        find = try SQLStatement(database, "SELECT id FROM texts WHERE key = ?")
        insert = try SQLStatement(
            database, "INSERT INTO texts (key, body) VALUES (?, ?) RETURNING id")
        update = try SQLStatement(
            database,
            """
            UPDATE texts SET scale = ?, vector = ?, body = NULL WHERE id = ? AND vector IS NULL
            """)
        select = try SQLStatement(database, "SELECT scale, vector FROM texts WHERE id = ?")
    }

    /// The row of a text; nil for the empty one, which has no vector.
    func row(of text: String) throws(Fault) -> Text? {
        guard let key = try hasher.key(of: text) else { return nil }
        let bytes = key.bytes
        try find.bind(blob: bytes.span, at: 1)
        if try find.step() {
            defer { find.reset() }
            return Text(id: find.int64(0), key: key)
        }
        try insert.bind(blob: bytes.span, at: 1)
        try insert.bind(text: text, at: 2)
        guard try insert.step() else {
            throw Fault(.internal, reason: "STORE_FAILURE", "a new text got no row")
        }
        defer { insert.reset() }
        return Text(id: insert.int64(0), key: key)
    }

    /// Gives a text its vector, if it waits for it.
    func save(_ vector: Int8Vector, of text: Text) throws(Fault) {
        try update.bind(Double(vector.scale), at: 1)
        try update.bind(blob: vector.values.map { UInt8(bitPattern: $0) }, at: 2)
        try update.bind(text.id, at: 3)
        try update.run()
    }

    /// Nil while the text waits for it.
    func vector(of text: Text) throws(Fault) -> Int8Vector? {
        try select.bind(text.id, at: 1)
        guard try select.step() else { return nil }
        defer { select.reset() }
        guard let bytes = select.blob(1) else { return nil }
        return Int8Vector(
            values: bytes.map { Int8(bitPattern: $0) }, scale: Float(select.double(0)))
    }
}
