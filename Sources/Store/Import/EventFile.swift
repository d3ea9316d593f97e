// Events of a file as a client sends them to a server: the importer's readers, columns and rules, so
// that a file which imports also goes by the wire.

public import Base

/// Reads events of CSV or JSON lines some at a time. One user at a time.
public final class EventFile {
    public struct Entry: Sendable {
        public var userId: String
        public var event: Event
    }

    /// Rows read and rejected so far.
    public private(set) var summary = ImportSummary()

    private var reader: any RowReader
    private let rejects: RejectsFile?
    private let limits: Limits
    private let cleaning: EventCleaning
    private var columns = EventColumns([], limits: Limits())
    private var boundColumns = -1
    private var row = Row()

    /// - Throws: a `Fault` for a file that cannot be read or has not the columns of events.
    public init(
        _ source: ImportSource, options: ImportOptions = ImportOptions(),
        limits: Limits = Limits(), time: any TimeSource = SystemTime()
    ) throws {
        self.limits = limits
        rejects = try options.rejectsPath.map { try RejectsFile(path: $0, source: source) }
        cleaning = EventCleaning(nowUnixNanoseconds: time.unixNanoseconds())
        let bytes = try ByteSource(source)
        switch options.format(of: source) {
        case .csv:
            reader = try CSVReader(bytes, bounds: RowBounds(limits))
            try RowImport.require(EventHandler.requiredColumns, in: reader.columns)
        case .jsonl: reader = try JSONLinesReader(bytes, bounds: RowBounds(limits))
        }
    }

    public var progress: ImportProgress {
        .reading(
            rows: summary.rows, rejected: summary.rejected, bytes: reader.consumedByteCount,
            totalBytes: reader.totalByteCount)
    }

    /// The next events, at most `count`; none at the end of the file.
    public func next(_ count: Int) throws -> [Entry] {
        var entries: [Entry] = []
        entries.reserveCapacity(count)
        while entries.count < count {
            do {
                guard try reader.next(into: &row) else { break }
                if reader.columns.count != boundColumns {
                    columns = EventColumns(reader.columns, limits: limits)
                    boundColumns = reader.columns.count
                }
                entries.append(try entry())
                summary.rows += 1
            } catch let rejection as RowRejection {
                summary.rows += 1
                summary.reject(line: row.lineNumber, rejection.reason)
                try rejects?.add(
                    line: row.lineNumber, reason: rejection.reason, row: reader.original())
            }
        }
        if entries.isEmpty { try rejects?.flush() }
        return entries
    }

    private func entry() throws(RowRejection) -> Entry {
        let found = try columns.event(row, limits: limits, cleaning: cleaning)
        return Entry(userId: row.text(columns.user), event: columns.event(of: found, row))
    }
}
