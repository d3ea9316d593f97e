// Candidates that a person names in a file, for the command line: the importer's readers, so that a
// file which imports also asks.

public import Base

/// Identifiers with titles where the file has them.
public struct CandidateFile: Sendable {
    /// In the file's order.
    public private(set) var ids: [String] = []
    public private(set) var titles: [String: String] = [:]

    /// Reads CSV whose header has `column` and perhaps `title`, or one identifier a line.
    /// - Parameter column: "item" or "ad".
    /// - Throws: a `Fault` that names the line at fault, or the limit that is passed.
    public init(path: String, column: String, limits: Limits = Limits()) throws {
        let source = try ByteSource(ImportSource(argument: path))
        var reader = try CSVReader(source, bounds: RowBounds(limits))
        let idColumn = reader.columns.firstIndex(of: column)
        let titleColumn = reader.columns.firstIndex(of: "title") ?? -1
        if idColumn == nil {
            guard reader.columns.count == 1 else {
                throw Fault.invalid("\(path), line 1", "the header has no column '\(column)'")
            }
            ids.append(reader.columns[0])
        }
        var row = Row()
        do {
            while try reader.next(into: &row) {
                let id = row.text(idColumn ?? 0)
                guard ids.count < limits.maxCandidates else {
                    throw Fault.invalid(path, "has more than \(limits.maxCandidates) candidates")
                }
                ids.append(id)
                if titleColumn >= 0 { titles[id] = row.text(titleColumn) }
            }
        } catch let rejection as RowRejection {
            throw Fault.invalid("\(path), line \(row.lineNumber)", rejection.reason)
        }
    }
}
