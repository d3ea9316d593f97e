internal import Base
internal import GRDB

/// The texts of a store by content: whoever names the same text gets the same row, so it is encoded
/// once. A new row waits without its vector until `TextEncodingQueue` has run.
final class TextTable {
    private static let keyByteCount = 16

    private let hasher: SHA256Hasher
    private let find: SQLStatement
    private let insert: SQLStatement
    private let bundleVersion: [UInt8]

    init(_ database: Database, bundleVersion: String) throws(Fault) {
        hasher = try SHA256Hasher()
        find = try SQLStatement(database, "SELECT id FROM texts WHERE key = ?")
        insert = try SQLStatement(
            database, "INSERT INTO texts (key, body) VALUES (?, ?) RETURNING id")
        self.bundleVersion = Array(bundleVersion.utf8) + [0]
    }

    /// The row of a text; nil for the empty one, which has no vector.
    func id(of text: String) throws(Fault) -> Int64? {
        if text.isEmpty { return nil }
        let prefix = bundleVersion
        try hasher.update(prefix.span)
        try hasher.update(text.utf8.span)
        let key = Array(try hasher.finish().prefix(Self.keyByteCount))
        try find.bind(blob: key.span, at: 1)
        if try find.step() {
            defer { find.reset() }
            return find.int64(0)
        }
        try insert.bind(blob: key.span, at: 1)
        try insert.bind(text: text, at: 2)
        guard try insert.step() else {
            throw Fault(.internal, reason: "STORE_FAILURE", "a new text got no row")
        }
        defer { insert.reset() }
        return insert.int64(0)
    }
}
