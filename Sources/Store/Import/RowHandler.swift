internal import Base
internal import GRDB

/// Puts rows of one kind into a store. Made inside the store's access block and used only there.
protocol RowHandler: AnyObject {
    /// Columns every row must fill.
    static var requiredColumns: [String] { get }

    /// Whether a row may change how often an item was bought.
    static var affectsPopularity: Bool { get }

    /// Called before the first row and whenever there are new columns.
    func bind(columns: [String])
    /// Validates the whole row before it writes any of it. Throws `RowRejection` for a row that is
    /// wrong, `Fault` when the store fails.
    /// - Returns: whether the store changed.
    func take(_ row: Row) throws -> Bool
    /// Whether the transaction is to end before its time: what `finishTransaction` does has grown.
    var endsTransaction: Bool { get }
    /// Called at the start of a transaction before which another process changed the store.
    func storeChanged()
    /// Called at the end of each transaction, within it.
    func finishTransaction() throws
    /// Adds what it counted itself.
    func report(to summary: inout ImportSummary)
}

extension RowHandler {
    static var affectsPopularity: Bool { false }
    var endsTransaction: Bool { false }
    func storeChanged() {}
    func finishTransaction() throws {}
    func report(to summary: inout ImportSummary) {}
}

/// The loop all imports share: rows in, transactions, rejects, progress.
struct RowImport {
    /// Rows of one transaction: enough that its cost vanishes, few enough that other writers get
    /// their turn.
    private static let rowsPerTransaction = 50_000
    private static let rowsPerProgress = 4_096

    let source: ImportSource
    let format: ImportOptions.Format
    let limits: Limits
    let rejects: RejectsFile?
    let progress: (ImportProgress) -> Void

    func run(_ database: Database, handler: some RowHandler) throws -> ImportSummary {
        var rows = try CheckedRows(
            source, format: format, requiredColumns: type(of: handler).requiredColumns,
            limits: limits, rejects: rejects)
        var isAtEnd = false
        var dataVersion: Int64?
        while !isAtEnd {
            let storedBefore = rows.summary.stored
            try database.inTransaction(.immediate) {
                let found = try Int64.fetchOne(database, sql: "PRAGMA data_version")
                if found != dataVersion { handler.storeChanged() }
                dataVersion = found
                for _ in 0..<Self.rowsPerTransaction {
                    isAtEnd = try !rows.next(bind: handler.bind) { row, summary in
                        if try handler.take(row) {
                            summary.stored += 1
                        } else {
                            summary.unchanged += 1
                        }
                    }
                    if isAtEnd || handler.endsTransaction { break }
                    if rows.summary.rows % Self.rowsPerProgress == 0 { progress(rows.progress) }
                }
                try handler.finishTransaction()
                if rows.summary.stored > storedBefore, type(of: handler).affectsPopularity {
                    try PopularityCount.markDue(database)
                }
                return .commit
            }
        }
        progress(rows.progress)
        try rejects?.flush()
        var summary = rows.summary
        handler.report(to: &summary)
        return summary
    }
}
