internal import Base
private import Foundation
internal import GRDB

/// Intents as JSON lines `{"intent": ..., "examples": [...], "answer": ...}`; `answer` may be absent.
/// An intent that is there already gets the file's examples in place of its own.
struct IntentImport {
    let source: ImportSource
    let rejects: RejectsFile?
    let limits: Limits
    let progress: (ImportProgress) -> Void

    func run(_ database: Database, bundleVersion: String) throws -> ImportSummary {
        var summary = ImportSummary()
        let writer = try CatalogWriter(database, bundleVersion: bundleVersion)
        var lines = try LineReader(try ByteSource(source), bounds: RowBounds(limits))
        try database.inTransaction(.immediate) {
            while try step(&lines, writer, &summary) {}
            return .commit
        }
        try rejects?.flush()
        progress(
            .reading(
                rows: summary.rows, rejected: summary.rejected, bytes: lines.consumedByteCount,
                totalBytes: lines.totalByteCount))
        return summary
    }

    private func step(
        _ lines: inout LineReader, _ writer: CatalogWriter, _ summary: inout ImportSummary
    ) throws -> Bool {
        do {
            guard let line = try lines.next() else { return false }
            summary.rows += 1
            let intent = try IntentLine.intent(Array(lines.bytes[line]), limits)
            if try writer.upsert(.intent(intent)) {
                summary.stored += 1
            } else {
                summary.unchanged += 1
            }
        } catch let rejection as RowRejection {
            summary.reject(line: lines.lineNumber, rejection.reason)
            try rejects?.add(
                line: lines.lineNumber, reason: rejection.reason, row: lines.original())
        }
        return true
    }
}

/// One intent as a JSON object.
struct IntentLine: Decodable {
    private var intent: String
    private var examples: [String]
    private var answer: String?

    static func intent(
        _ line: [UInt8], _ limits: Limits
    ) throws(RowRejection) -> IntentDefinition {
        guard let found = try? JSONDecoder().decode(Self.self, from: Data(line)) else {
            throw RowRejection(
                "not a JSON object with intent (text), examples (list of texts) and answer (text)")
        }
        guard !found.intent.isEmpty, found.intent.utf8.count <= limits.maxIdBytes else {
            throw RowRejection("intent: 1 to \(limits.maxIdBytes) bytes")
        }
        guard !found.examples.isEmpty, found.examples.count <= limits.maxIntentExamples else {
            throw RowRejection("examples: 1 to \(limits.maxIntentExamples) of them")
        }
        for text in found.examples
        where text.trimmed.isEmpty || text.utf8.count > limits.maxTextBytes {
            throw RowRejection("examples: 1 to \(limits.maxTextBytes) bytes each")
        }
        guard (found.answer ?? "").utf8.count <= limits.maxTextBytes else {
            throw RowRejection("answer: longer than \(limits.maxTextBytes) bytes")
        }
        return IntentDefinition(
            name: found.intent, examples: found.examples, answer: found.answer ?? "")
    }
}
