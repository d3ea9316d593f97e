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
        var summary = ImportSummary()
        let bytes = try ByteSource(source)
        switch format {
        case .csv:
            var reader = try CSVReader(bytes, bounds: RowBounds(limits))
            try Self.require(type(of: handler).requiredColumns, in: reader.columns)
            try run(database, &reader, handler, &summary)
        case .jsonl:
            var reader = try JSONLinesReader(bytes, bounds: RowBounds(limits))
            try run(database, &reader, handler, &summary)
        }
        try rejects?.flush()
        handler.report(to: &summary)
        return summary
    }

    private func run(
        _ database: Database, _ reader: inout some RowReader, _ handler: some RowHandler,
        _ summary: inout ImportSummary
    ) throws {
        var row = Row()
        var boundColumns = -1
        var isAtEnd = false
        var dataVersion: Int64?
        while !isAtEnd {
            let storedBefore = summary.stored
            try database.inTransaction(.immediate) {
                let found = try Int64.fetchOne(database, sql: "PRAGMA data_version")
                if found != dataVersion { handler.storeChanged() }
                dataVersion = found
                for _ in 0..<Self.rowsPerTransaction {
                    isAtEnd = try !step(&reader, handler, &row, &boundColumns, &summary)
                    if isAtEnd || handler.endsTransaction { break }
                    if summary.rows % Self.rowsPerProgress == 0 { report(reader, summary) }
                }
                try handler.finishTransaction()
                if summary.stored > storedBefore, type(of: handler).affectsPopularity {
                    try PopularityCount.markDue(database)
                }
                return .commit
            }
        }
        report(reader, summary)
    }

    /// One row; false at the end.
    private func step(
        _ reader: inout some RowReader, _ handler: some RowHandler, _ row: inout Row,
        _ boundColumns: inout Int, _ summary: inout ImportSummary
    ) throws -> Bool {
        do {
            guard try reader.next(into: &row) else { return false }
            if reader.columns.count != boundColumns {
                handler.bind(columns: reader.columns)
                boundColumns = reader.columns.count
            }
            if try handler.take(row) { summary.stored += 1 } else { summary.unchanged += 1 }
            summary.rows += 1
        } catch let rejection as RowRejection {
            summary.rows += 1
            summary.reject(line: row.lineNumber, rejection.reason)
            try rejects?.add(
                line: row.lineNumber, reason: rejection.reason, row: reader.original())
        }
        return true
    }

    private func report(_ reader: some RowReader, _ summary: ImportSummary) {
        progress(
            .reading(
                rows: summary.rows, rejected: summary.rejected, bytes: reader.consumedByteCount,
                totalBytes: reader.totalByteCount))
    }

    static func require(_ required: [String], in columns: [String]) throws(Fault) {
        for name in required where !columns.contains(name) {
            throw Fault(
                .invalidArgument, reason: "BAD_HEADER",
                "the CSV header has no column \(name); it has \(columns.joined(separator: ", "))")
        }
    }
}

extension ImportSummary {
    mutating func reject(line: Int, _ reason: String) {
        rejected += 1
        if firstRejections.count < Self.maxRejections {
            firstRejections.append(Rejection(lineNumber: line, reason: reason))
        }
    }
}
