/// How far an import is.
public enum ImportProgress: Sendable, Equatable {
    /// `totalBytes` is nil when the source is a pipe.
    case reading(rows: Int, rejected: Int, bytes: Int64, totalBytes: Int64?)
    case encoding(texts: Int, totalTexts: Int)
    case folding(users: Int, totalUsers: Int)
}

/// What an import did.
public struct ImportSummary: Sendable, Equatable {
    /// A row that was not taken.
    public struct Rejection: Sendable, Equatable {
        public var lineNumber: Int
        public var reason: String
    }

    /// Rejections kept here; all go to the rejects file.
    public static let maxRejections = 5

    /// Rows read, header and blank lines not counted.
    public var rows = 0
    public var rejected = 0
    /// Rows that made or changed something.
    public var stored = 0
    /// Rows the store held already.
    public var unchanged = 0
    /// Events of items the catalogue does not know: they count for how often and how much their
    /// users buy, and nothing else. Import the items and the events again to complete them.
    public var unknownItems = 0
    public var textsEncoded = 0
    public var profilesFolded = 0
    public var firstRejections: [Rejection] = []

    public init() {}
}

public struct ImportOptions: Sendable {
    public enum Format: String, Sendable, CaseIterable {
        case csv
        case jsonl
    }

    /// Nil: JSON lines for names that end in `.jsonl`, `.ndjson` or `.json`, else CSV.
    public var format: Format?
    public var rejectsPath: String?

    public init(format: Format? = nil, rejectsPath: String? = nil) {
        self.format = format
        self.rejectsPath = rejectsPath
    }

    func format(of source: ImportSource) -> Format {
        if let format { return format }
        let name = source.name.lowercased()
        let isJSON = [".jsonl", ".ndjson", ".json"].contains { name.hasSuffix($0) }
        return isJSON ? .jsonl : .csv
    }
}
