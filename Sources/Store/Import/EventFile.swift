// Events of a file as a client sends them to a server: the importer's readers, columns and rules, so
// that a file which imports also goes by the wire.

public import Base

/// Reads events of CSV or JSON lines some at a time. One user at a time.
public final class EventFile {
    public struct Entry: Sendable {
        public var userId: String
        public var event: Event
    }

    private var rows: CheckedRows
    private let rejects: RejectsFile?
    private let limits: Limits
    private let cleaning: EventCleaning
    private var columns = EventColumns([], limits: Limits())

    /// - Throws: a `Fault` for a file that cannot be read or has not the columns of events.
    public init(
        _ source: ImportSource, options: ImportOptions = ImportOptions(),
        limits: Limits = Limits(), time: any TimeSource = SystemTime()
    ) throws {
        self.limits = limits
        rejects = try options.rejectsPath.map { try RejectsFile(path: $0, source: source) }
        cleaning = EventCleaning(nowUnixNanoseconds: time.unixNanoseconds())
        rows = try CheckedRows(
            source, format: options.format(of: source),
            requiredColumns: EventHandler.requiredColumns, limits: limits, rejects: rejects)
    }

    /// Rows read and rejected so far.
    public var summary: ImportSummary { rows.summary }

    public var progress: ImportProgress { rows.progress }

    /// The next events: at most `count`, of rows of about `maxBytes`; none at the end of the file.
    public func next(_ count: Int, maxBytes: Int) throws -> [Entry] {
        var entries: [Entry] = []
        entries.reserveCapacity(count)
        var (bytes, isAtEnd) = (0, false)
        while !isAtEnd, entries.count < count, bytes < maxBytes {
            isAtEnd = try !rows.next { names in
                columns = EventColumns(names, limits: limits)
            } take: { row, _ in
                entries.append(try entry(row))
                bytes += row.bytes.count
            }
        }
        if entries.isEmpty { try rejects?.flush() }
        return entries
    }

    private func entry(_ row: Row) throws(RowRejection) -> Entry {
        let found = try columns.event(row, limits: limits, cleaning: cleaning)
        return Entry(userId: row.text(columns.user), event: columns.event(of: found, row))
    }
}
