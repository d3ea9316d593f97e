internal import Base
private import Foundation

/// What a customer wrote, and when, where that is known.
public struct CustomerMessage: Sendable, Equatable {
    public var text: String
    public var unixNanoseconds: Int64?

    public init(text: String, unixNanoseconds: Int64? = nil) {
        self.text = text
        self.unixNanoseconds = unixNanoseconds
    }

    private static let timeNames = ["time", "timestamp", "date", "created_at"]

    /// Messages of a file, oldest first where all have times, else in the file's order: CSV with a header
    /// or JSON lines with a text and perhaps a time, one a line of a .txt file, or labelled sentences.
    /// - Throws: a `Fault` naming the file, and the line where that is known.
    public static func read(_ path: String) throws -> [CustomerMessage] {
        let bounds = RowBounds()
        let messages: [CustomerMessage]
        switch URL(filePath: path).pathExtension.lowercased() {
        case "csv":
            messages = try rows(CSVReader(ByteSource(.file(path)), bounds: bounds), path)
        case "jsonl", "ndjson":
            do {
                messages = try rows(JSONLinesReader(ByteSource(.file(path)), bounds: bounds), path)
            } catch let fault as Fault {
                // Lines with lists are labelled sentences, or are said to be wrong as such.
                guard fault.code == .invalidArgument else { throw fault }
                messages = try LabelledSentences.texts(path).map { CustomerMessage(text: $0) }
            }
        default: messages = try LabelledSentences.texts(path).map { CustomerMessage(text: $0) }
        }
        guard messages.allSatisfy({ $0.unixNanoseconds != nil }) else { return messages }
        return messages.enumerated().sorted {
            ($0.element.unixNanoseconds ?? 0, $0.offset)
                < ($1.element.unixNanoseconds ?? 0, $1.offset)
        }.map(\.element)
    }

    private static func rows(_ reader: some RowReader, _ path: String) throws -> [CustomerMessage] {
        var reader = reader
        var messages: [CustomerMessage] = []
        var row = Row()
        do {
            while try reader.next(into: &row) {
                let columns = reader.columns.map { $0.lowercased() }
                func column(_ names: [String]) -> Int? {
                    names.compactMap { columns.firstIndex(of: $0) }.first
                }
                guard let text = column(LabelledSentences.textNames) else {
                    throw LabelledSentences.problem(
                        path, "line \(row.lineNumber): no column text or message")
                }
                if row.text(text).trimmed.isEmpty { continue }
                messages.append(
                    CustomerMessage(
                        text: row.text(text),
                        unixNanoseconds: try row.time(column(timeNames) ?? -1, "time")))
            }
        } catch let rejection as RowRejection {
            throw LabelledSentences.problem(
                path, "line \(row.lineNumber): \(rejection.reason)")
        }
        return messages
    }
}
