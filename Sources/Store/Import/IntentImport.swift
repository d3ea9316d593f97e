internal import Base
private import Foundation
internal import GRDB

/// Intents as JSON lines `{"intent": ..., "examples": [...], "answer": ...}`; `answer` may be absent. A
/// file of another name is read as labelled sentences (CSV, CLINC150's JSON, Rasa's), which have no
/// answers: those there are stay. An intent that is there already gets the file's examples in place of
/// its own.
struct IntentImport {
    let source: ImportSource
    let rejects: RejectsFile?
    let limits: Limits
    let progress: (ImportProgress) -> Void

    func run(_ database: Database, bundleVersion: String) throws -> ImportSummary {
        var summary = ImportSummary()
        let writer = try CatalogWriter(database, bundleVersion: bundleVersion)
        if case .file(let path) = source, LabelledSentences.isOtherLayout(path) {
            return try runLabelled(path, database, writer)
        }
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

    private func runLabelled(
        _ path: String, _ database: Database, _ writer: CatalogWriter
    ) throws -> ImportSummary {
        var summary = ImportSummary()
        let byIntent = Dictionary(grouping: try LabelledSentences.read(path).train, by: \.intent)
        try database.inTransaction(.immediate) {
            for intent in byIntent.keys.sorted() {
                summary.rows += 1
                let examples = (byIntent[intent] ?? []).map(\.text)
                let definition = IntentDefinition(
                    name: intent, examples: Array(examples.prefix(limits.maxIntentExamples)),
                    answer: try writer.answer(ofIntent: intent) ?? "")
                if try writer.upsert(.intent(try IntentLine.checked(definition, limits))) {
                    summary.stored += 1
                } else {
                    summary.unchanged += 1
                }
            }
            return .commit
        }
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
        return try checked(
            IntentDefinition(
                name: found.intent, examples: found.examples, answer: found.answer ?? ""), limits)
    }

    static func checked(
        _ intent: IntentDefinition, _ limits: Limits
    ) throws(RowRejection) -> IntentDefinition {
        guard !intent.name.isEmpty, intent.name.utf8.count <= limits.maxIdBytes else {
            throw RowRejection("intent: 1 to \(limits.maxIdBytes) bytes")
        }
        guard !intent.examples.isEmpty, intent.examples.count <= limits.maxIntentExamples else {
            throw RowRejection("examples: 1 to \(limits.maxIntentExamples) of them")
        }
        for text in intent.examples
        where text.trimmed.isEmpty || text.utf8.count > limits.maxTextBytes {
            throw RowRejection("examples: 1 to \(limits.maxTextBytes) bytes each")
        }
        guard intent.answer.utf8.count <= limits.maxTextBytes else {
            throw RowRejection("answer: longer than \(limits.maxTextBytes) bytes")
        }
        return intent
    }
}
