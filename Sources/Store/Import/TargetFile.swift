// Who was sent which campaign, in a file: the importer's readers.

public import Base

/// Pairs of user and campaign.
public struct TargetFile: Sendable {
    public struct Target: Sendable {
        public var userId: String
        public var campaignId: String
        /// Unix nanoseconds; nil for the campaign's start.
        public var unixNanoseconds: Int64?
    }

    private static let maxTargets = 10_000_000

    /// In the file's order.
    public private(set) var targets: [Target] = []

    /// Reads CSV with the columns `user` and `campaign`, and perhaps `time`.
    /// - Throws: a `Fault` that names the line at fault.
    public init(path: String, limits: Limits = Limits()) throws {
        let source = try ByteSource(ImportSource(argument: path))
        var reader = try CSVReader(source, bounds: RowBounds(limits))
        for name in ["user", "campaign"] where !reader.columns.contains(name) {
            throw Fault.invalid("\(path), line 1", "the header has no column '\(name)'")
        }
        let map = ColumnMap(reader.columns, known: ["user", "campaign", "time"], limits: limits)
        var row = Row()
        do {
            while try reader.next(into: &row) {
                try row.checkId(map.position("user"), "user", limits)
                try row.checkId(map.position("campaign"), "campaign", limits)
                guard targets.count < Self.maxTargets else {
                    throw Fault.invalid(path, "has more than \(Self.maxTargets) rows")
                }
                targets.append(
                    Target(
                        userId: row.text(map.position("user")),
                        campaignId: row.text(map.position("campaign")),
                        unixNanoseconds: try row.time(map.position("time"), "time")))
            }
        } catch let rejection as RowRejection {
            throw Fault.invalid("\(path), line \(row.lineNumber)", rejection.reason)
        }
    }
}
