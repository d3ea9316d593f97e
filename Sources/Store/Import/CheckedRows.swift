internal import Base

/// The rows of a source, whatever its format: counted, and those that are not taken set apart. What
/// imports and senders of files share.
struct CheckedRows {
    private(set) var summary = ImportSummary()
    private var reader: any RowReader
    private let rejects: RejectsFile?
    private var row = Row()
    private var boundColumnCount = -1

    /// - Throws: a `Fault` for a source that cannot be read or whose header lacks a column.
    init(
        _ source: ImportSource, format: ImportOptions.Format, requiredColumns: [String],
        limits: Limits, rejects: RejectsFile?
    ) throws {
        self.rejects = rejects
        let bytes = try ByteSource(source)
        switch format {
        case .csv:
            reader = try CSVReader(bytes, bounds: RowBounds(limits))
            for name in requiredColumns where !reader.columns.contains(name) {
                throw Fault(
                    .invalidArgument, reason: "BAD_HEADER",
                    "the CSV header has no column \(name); it has "
                        + reader.columns.joined(separator: ", "))
            }
        case .jsonl: reader = try JSONLinesReader(bytes, bounds: RowBounds(limits))
        }
    }

    var progress: ImportProgress {
        .reading(
            rows: summary.rows, rejected: summary.rejected, bytes: reader.consumedByteCount,
            totalBytes: reader.totalByteCount)
    }

    /// One row; false at the end. One that is malformed, or that `take` throws `RowRejection` for, is
    /// set apart.
    /// - Parameter bind: called before the first row and whenever there are new columns.
    mutating func next(
        bind: ([String]) -> Void, take: (Row, inout ImportSummary) throws -> Void
    ) throws -> Bool {
        do {
            guard try reader.next(into: &row) else { return false }
            if reader.columns.count != boundColumnCount {
                boundColumnCount = reader.columns.count
                bind(reader.columns)
            }
            try take(row, &summary)
        } catch let rejection as RowRejection {
            summary.reject(line: row.lineNumber, rejection.reason)
            try rejects?.add(
                line: row.lineNumber, reason: rejection.reason, row: reader.original())
        }
        summary.rows += 1
        return true
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
