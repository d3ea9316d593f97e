internal import Base
private import Foundation
internal import GRDB

/// Intents as JSON lines `{"intent": ..., "examples": [...], "answer": ...}`; `answer` may be absent. A
/// file of another name is read as labelled sentences (CSV, CLINC150's JSON, Rasa's), which have no
/// answers: those there are stay. An intent that is there already gets the file's examples in place of
/// its own.
struct IntentImport {
    private static let maxExamples = 1_000

    let source: ImportSource
    let rejects: RejectsFile?
    let limits: Limits
    let progress: (ImportProgress) -> Void

    func run(_ database: Database, bundleVersion: String) throws -> ImportSummary {
        var summary = ImportSummary()
        let table = try IntentRows(database, bundleVersion: bundleVersion)
        if case .file(let path) = source, LabelledSentences.isOtherLayout(path) {
            return try runLabelled(path, database, table)
        }
        var lines = try LineReader(try ByteSource(source), bounds: RowBounds(limits))
        try database.inTransaction(.immediate) {
            while try step(&lines, table, &summary) {}
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
        _ path: String, _ database: Database, _ table: IntentRows
    ) throws -> ImportSummary {
        var summary = ImportSummary()
        let byIntent = Dictionary(grouping: try LabelledSentences.read(path).train, by: \.intent)
        try database.inTransaction(.immediate) {
            for intent in byIntent.keys.sorted() {
                summary.rows += 1
                let examples = (byIntent[intent] ?? []).map(\.text)
                let definition = IntentDefinition(
                    name: intent, examples: Array(examples.prefix(Self.maxExamples)),
                    answer: try table.answer(of: intent) ?? "")
                if try table.replace(try checked(definition)) {
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
        _ lines: inout LineReader, _ table: IntentRows, _ summary: inout ImportSummary
    ) throws -> Bool {
        do {
            guard let line = try lines.next() else { return false }
            summary.rows += 1
            let intent = try intent(Data(lines.bytes[line]))
            if try table.replace(intent) { summary.stored += 1 } else { summary.unchanged += 1 }
        } catch let rejection as RowRejection {
            summary.reject(line: lines.lineNumber, rejection.reason)
            try rejects?.add(
                line: lines.lineNumber, reason: rejection.reason, row: lines.original())
        }
        return true
    }

    private struct Line: Decodable {
        var intent: String
        var examples: [String]
        var answer: String?
    }

    private func intent(_ line: Data) throws(RowRejection) -> IntentDefinition {
        guard let found = try? JSONDecoder().decode(Line.self, from: line) else {
            throw RowRejection(
                "not a JSON object with intent (text), examples (list of texts) and answer (text)")
        }
        return try checked(
            IntentDefinition(
                name: found.intent, examples: found.examples, answer: found.answer ?? ""))
    }

    private func checked(_ intent: IntentDefinition) throws(RowRejection) -> IntentDefinition {
        guard !intent.name.isEmpty, intent.name.utf8.count <= limits.maxIdBytes else {
            throw RowRejection("intent: 1 to \(limits.maxIdBytes) bytes")
        }
        guard !intent.examples.isEmpty, intent.examples.count <= Self.maxExamples else {
            throw RowRejection("examples: 1 to \(Self.maxExamples) of them")
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

/// The tables of intents.
private final class IntentRows {
    private let texts: TextTable
    private let find: SQLStatement
    private let upsert: SQLStatement
    private let examples: SQLStatement
    private let deleteExamples: SQLStatement
    private let insertExample: SQLStatement

    init(_ database: Database, bundleVersion: String) throws(Fault) {
        texts = try TextTable(database, bundleVersion: bundleVersion)
        find = try SQLStatement(database, "SELECT id, answer FROM intents WHERE intent = ?")
        upsert = try SQLStatement(
            database,
            """
            INSERT INTO intents (intent, answer) VALUES (?, ?)
            ON CONFLICT (intent) DO UPDATE SET answer = excluded.answer RETURNING id
            """)
        examples = try SQLStatement(
            database, "SELECT example FROM intent_examples WHERE intent = ? ORDER BY position")
        deleteExamples = try SQLStatement(
            database, "DELETE FROM intent_examples WHERE intent = ?")
        insertExample = try SQLStatement(
            database,
            "INSERT INTO intent_examples (intent, position, example, text) VALUES (?, ?, ?, ?)")
    }

    /// Whether anything changed.
    func replace(_ intent: IntentDefinition) throws(Fault) -> Bool {
        if try stored(intent.name) == intent { return false }
        try upsert.bind(text: intent.name, at: 1)
        try upsert.bind(text: intent.answer, at: 2)
        guard try upsert.step() else {
            throw Fault(.internal, reason: "STORE_FAILURE", "an intent got no row")
        }
        let id = upsert.int64(0)
        upsert.reset()
        try deleteExamples.bind(id, at: 1)
        try deleteExamples.run()
        for (position, example) in intent.examples.enumerated() {
            try insertExample.bind(id, at: 1)
            try insertExample.bind(Int64(position), at: 2)
            try insertExample.bind(text: example, at: 3)
            try insertExample.bind(try texts.id(of: example), at: 4)
            try insertExample.run()
        }
        return true
    }

    /// Nil for an intent that is not there.
    func answer(of name: String) throws(Fault) -> String? {
        try stored(name)?.answer
    }

    private func stored(_ name: String) throws(Fault) -> IntentDefinition? {
        try find.bind(text: name, at: 1)
        guard try find.step() else { return nil }
        defer { find.reset() }
        try examples.bind(find.int64(0), at: 1)
        var texts: [String] = []
        while try examples.step() { texts.append(examples.text(0)) }
        return IntentDefinition(name: name, examples: texts, answer: find.text(1))
    }
}
