internal import Base
internal import GRDB
private import GRDBSQLite

/// Says what SQLite's codes mean for who runs the store.
enum SQLiteFailure {
    static func fault(code: Int32, connection: OpaquePointer?) -> Fault {
        let text = connection.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) }
        return fault(code: code, detail: text ?? String(cString: sqlite3_errstr(code)))
    }

    /// - Parameter path: named in the message where it is known.
    static func fault(_ error: any Error, path: String? = nil) -> Fault {
        let place = path.map { " (\($0))" } ?? ""
        if let fault = error as? Fault {
            if path == nil || fault.message.contains(place) { return fault }
            return Fault(fault.code, reason: fault.reason, fault.message + place)
        }
        if let error = error as? DatabaseError {
            let code = error.extendedResultCode.rawValue
            let detail = error.message ?? String(cString: sqlite3_errstr(code))
            return fault(code: code, detail: detail + place)
        }
        return Fault(.internal, reason: "STORE_FAILURE", "the store failed: \(error)\(place)")
    }

    private static func fault(code: Int32, detail: String) -> Fault {
        switch code & 0xFF {
        case SQLITE_NOTADB:
            Fault(
                .failedPrecondition, reason: "STORE_FOREIGN",
                "the store is not an SQLite database: \(detail)")
        case SQLITE_CORRUPT:
            Fault(.dataLoss, reason: "STORE_CORRUPT", "the store is damaged: \(detail)")
        case SQLITE_CANTOPEN:
            Fault(
                .failedPrecondition, reason: "STORE_UNAVAILABLE", "cannot open the store: \(detail)"
            )
        case SQLITE_READONLY, SQLITE_PERM:
            Fault(
                .failedPrecondition, reason: "STORE_READ_ONLY",
                "the store or its directory may not be written: \(detail)")
        case SQLITE_FULL:
            Fault(
                .resourceExhausted, reason: "STORE_FULL", "no space left for the store: \(detail)")
        case SQLITE_BUSY, SQLITE_LOCKED:
            Fault(
                .unavailable, reason: "STORE_BUSY", "another process holds the store: \(detail)")
        case SQLITE_IOERR:
            Fault(
                .unavailable, reason: "STORE_IO", "reading or writing the store failed: \(detail)")
        default:
            Fault(.internal, reason: "STORE_FAILURE", "the store failed (code \(code)): \(detail)")
        }
    }
}
