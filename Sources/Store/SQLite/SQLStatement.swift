// GRDB opens, configures and serialises the connections; statements that run millions of times are
// stepped here directly, because a row through GRDB's boxed arguments costs several times what the
// insert does. Nothing of SQLite leaves this folder.

internal import Base
internal import GRDB
private import GRDBSQLite

/// A prepared statement of one connection. Used only inside the access block of that connection.
final class SQLStatement {
    private let statement: OpaquePointer
    private let connection: OpaquePointer

    init(_ database: Database, _ sql: String) throws(Fault) {
        guard let connection = database.sqliteConnection else {
            throw Fault(.unavailable, reason: "STORE_CLOSED", "the store is closed")
        }
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(
            connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else {
            throw SQLiteFailure.fault(code: code, connection: connection)
        }
        self.statement = statement
        self.connection = connection
    }

    deinit { sqlite3_finalize(statement) }

    // Binding; positions from 1, as in SQL.

    func bind(_ value: Int64?, at position: Int32) throws(Fault) {
        if let value {
            try check(sqlite3_bind_int64(statement, position, value))
        } else {
            try check(sqlite3_bind_null(statement, position))
        }
    }

    func bind(_ value: Double?, at position: Int32) throws(Fault) {
        if let value {
            try check(sqlite3_bind_double(statement, position, value))
        } else {
            try check(sqlite3_bind_null(statement, position))
        }
    }

    /// UTF-8 text, copied.
    func bind(text: Span<UInt8>, at position: Int32) throws(Fault) {
        let code = text.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self) else {
                // A null pointer would bind NULL; the empty text is a text.
                return sqlite3_bind_text(statement, position, "", 0, Self.copied)
            }
            return sqlite3_bind_text(statement, position, start, Int32(bytes.count), Self.copied)
        }
        try check(code)
    }

    func bind(text: String, at position: Int32) throws(Fault) {
        try bind(text: text.utf8.span, at: position)
    }

    func bind(blob: Span<UInt8>, at position: Int32) throws(Fault) {
        let code = blob.withUnsafeBytes { bytes in
            bytes.isEmpty
                ? sqlite3_bind_zeroblob(statement, position, 0)
                : sqlite3_bind_blob(
                    statement, position, bytes.baseAddress, Int32(bytes.count), Self.copied)
        }
        try check(code)
    }

    func bind(blob: [UInt8]?, at position: Int32) throws(Fault) {
        if let blob {
            try bind(blob: blob.span, at: position)
        } else {
            try check(sqlite3_bind_null(statement, position))
        }
    }

    // Running.

    /// True when a row stands ready, false at the end; the statement is reset then.
    func step() throws(Fault) -> Bool {
        let code = sqlite3_step(statement)
        if code == SQLITE_ROW { return true }
        let fault =
            code == SQLITE_DONE ? nil : SQLiteFailure.fault(code: code, connection: connection)
        sqlite3_reset(statement)
        if let fault { throw fault }
        return false
    }

    /// Runs a statement without rows, or drops those it has; the number of rows it changed.
    @discardableResult
    func run() throws(Fault) -> Int {
        while try step() {}
        return Int(sqlite3_changes(connection))
    }

    /// Gives up the rows that were not read.
    func reset() { sqlite3_reset(statement) }

    // Columns of the row at hand; positions from 0, as in SQLite.

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }

    func int64(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

    func double(_ column: Int32) -> Double { sqlite3_column_double(statement, column) }

    /// "" for NULL. Bytes that are not UTF-8 are repaired: a foreign writer put them there.
    func text(_ column: Int32) -> String {
        guard let bytes = sqlite3_column_text(statement, column) else { return "" }
        let count = Int(sqlite3_column_bytes(statement, column))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    /// Nil for NULL.
    func blob(_ column: Int32) -> [UInt8]? {
        if isNull(column) { return nil }
        guard let bytes = sqlite3_column_blob(statement, column) else { return [] }
        let count = Int(sqlite3_column_bytes(statement, column))
        return Array(UnsafeRawBufferPointer(start: bytes, count: count))
    }

    /// Appends a blob's bytes as int8; false, and nothing appended, unless there are `count`.
    func appendSigned(_ column: Int32, count: Int, to values: inout [Int8]) -> Bool {
        guard Int(sqlite3_column_bytes(statement, column)) == count else { return false }
        guard let bytes = sqlite3_column_blob(statement, column) else { return count == 0 }
        let start = bytes.assumingMemoryBound(to: Int8.self)
        values.append(contentsOf: UnsafeBufferPointer(start: start, count: count))
        return true
    }

    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    private func check(_ code: Int32) throws(Fault) {
        if code != SQLITE_OK { throw SQLiteFailure.fault(code: code, connection: connection) }
    }
}
