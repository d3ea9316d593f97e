// Files that say which intent a sentence has, as other tools write them: CSV with a header, JSON lines,
// CLINC150's JSON with its splits, and Rasa's training data.

internal import Base
internal import Foundation

/// A sentence and its intent.
public struct LabelledSentence: Sendable, Equatable {
    public var text: String
    public var intent: String

    public init(text: String, intent: String) {
        self.text = text
        self.intent = intent
    }
}

/// What a file holds. One without named splits has all its sentences in `train`.
public struct LabelledSentences: Sendable, Equatable {
    public var train: [LabelledSentence] = []
    public var validation: [LabelledSentence] = []
    public var test: [LabelledSentence] = []
    /// Sentences that no intent covers, by split.
    public var outOfScopeTrain: [String] = []
    public var outOfScopeValidation: [String] = []
    public var outOfScopeTest: [String] = []
    /// Whether the file names its splits itself.
    public var hasSplits = false
    /// Answer templates, for files that have them.
    public var answers: [String: String] = [:]

    public init() {}

    private static let maxFileBytes = 256 * 1024 * 1024
    /// In order of preference: files that have several use `category` for a group of intents.
    static let textNames = ["text", "utterance", "sentence", "message", "query"]
    private static let intentNames = ["intent", "label", "category", "class"]
    /// What data sets call sentences that no intent covers.
    private static let outOfScopeNames: Set<String> = ["oos", "out_of_scope", "out-of-scope"]

    /// - Throws: a `Fault` naming the file, and the line where that is known.
    public static func read(_ path: String) throws -> LabelledSentences {
        var found = LabelledSentences()
        switch URL(filePath: path).pathExtension.lowercased() {
        case "csv": found.train = try commaSeparated(path)
        case "json": found = try object(try contents(path), path)
        case "jsonl", "ndjson": found = try lines(path)
        case "yml", "yaml": found.train = try RasaText.yaml(text(path), path)
        case "md": found.train = try RasaText.markdown(text(path), path)
        default:
            throw problem(path, "its name must end in .csv, .jsonl, .json, .yml or .md")
        }
        found.setApartOutOfScope()
        for sentence in found.train + found.validation + found.test
        where sentence.text.trimmed.isEmpty || sentence.intent.isEmpty {
            throw problem(path, "a sentence without text or intent")
        }
        return found
    }

    /// Sentences alone, one a line, or the out-of-scope ones of a labelled file.
    public static func outOfScope(_ path: String) throws -> [String] {
        if URL(filePath: path).pathExtension.lowercased() == "txt" { return try texts(path) }
        let found = try read(path)
        let marked = found.outOfScopeTrain + found.outOfScopeValidation + found.outOfScopeTest
        return marked.isEmpty ? found.train.map(\.text) : marked
    }

    /// Texts alone: one a line of a .txt file, or those of a labelled one, without its other splits.
    public static func texts(_ path: String) throws -> [String] {
        guard URL(filePath: path).pathExtension.lowercased() == "txt" else {
            let found = try read(path)
            return found.train.map(\.text) + found.outOfScopeTrain
        }
        return try text(path).split(whereSeparator: \.isNewline).map(String.init)
            .filter { !$0.trimmed.isEmpty }
    }

    /// Whether a file's name says that it is none of JSON lines.
    static func isOtherLayout(_ path: String) -> Bool {
        ["csv", "json", "yml", "yaml", "md"].contains(
            URL(filePath: path).pathExtension.lowercased())
    }

    static func problem(_ path: String, _ what: String) -> Fault {
        Fault(.invalidArgument, reason: "BAD_FILE", "\(path): \(what)")
    }

    private mutating func setApartOutOfScope() {
        func split(_ sentences: inout [LabelledSentence], _ strange: inout [String]) {
            let isStrange = { (s: LabelledSentence) in Self.outOfScopeNames.contains(s.intent) }
            strange += sentences.filter(isStrange).map(\.text)
            sentences.removeAll(where: isStrange)
        }
        split(&train, &outOfScopeTrain)
        split(&validation, &outOfScopeValidation)
        split(&test, &outOfScopeTest)
    }

    private static func contents(_ path: String) throws -> Data {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        guard let size = attributes?[.size] as? Int else {
            throw Fault(.failedPrecondition, reason: "BAD_FILE", "cannot open \(path)")
        }
        guard size <= maxFileBytes else {
            throw problem(path, "has \(size) bytes; at most \(maxFileBytes) are read")
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Fault(.failedPrecondition, reason: "BAD_FILE", "cannot read \(path)")
        }
        return data
    }

    private static func text(_ path: String) throws -> String {
        guard let text = String(data: try contents(path), encoding: .utf8) else {
            throw problem(path, "is not UTF-8")
        }
        return text
    }

    private static func commaSeparated(_ path: String) throws -> [LabelledSentence] {
        var reader = try CSVReader(ByteSource(.file(path)), bounds: RowBounds(Limits()))
        let columns = reader.columns.map { $0.lowercased() }
        guard let text = textNames.compactMap({ columns.firstIndex(of: $0) }).first,
            let intent = intentNames.compactMap({ columns.firstIndex(of: $0) }).first
        else {
            throw problem(
                path,
                "its header names no column text or utterance, or none intent, label or "
                    + "category")
        }
        var sentences: [LabelledSentence] = []
        var row = Row()
        do {
            while try reader.next(into: &row) {
                sentences.append(
                    LabelledSentence(text: row.text(text), intent: row.text(intent)))
            }
        } catch let rejection as RowRejection {
            throw problem(path, "line \(row.lineNumber): \(rejection.reason)")
        }
        return sentences
    }

    private struct Line: Decodable {
        var text: String?
        var intent: String?
        var label: String?
        var category: String?
        var examples: [String]?
        var answer: String?
    }

    /// `{"text": ..., "intent": ...}`, or the project's own `{"intent": ..., "examples": [...]}`.
    private static func lines(_ path: String) throws -> LabelledSentences {
        var found = LabelledSentences()
        let decoder = JSONDecoder()
        let lines = try text(path).split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (number, line) in lines.enumerated() where !line.allSatisfy(\.isWhitespace) {
            guard let row = try? decoder.decode(Line.self, from: Data(line.utf8)),
                let intent = row.intent ?? row.label ?? row.category,
                let texts = row.examples ?? row.text.map({ [$0] })
            else {
                throw problem(
                    path, "line \(number + 1): not a JSON object with intent and text or examples")
            }
            found.train += texts.map { LabelledSentence(text: $0, intent: intent) }
            if let answer = row.answer { found.answers[intent] = answer }
        }
        return found
    }

    /// CLINC150's splits of `[text, intent]` pairs, or Rasa's `rasa_nlu_data`.
    private static func object(_ data: Data, _ path: String) throws -> LabelledSentences {
        if let sentences = RasaText.json(data) {
            var found = LabelledSentences()
            found.train = sentences
            return found
        }
        guard let splits = try? JSONDecoder().decode([String: [[String]]].self, from: data),
            let train = splits["train"], splits.values.joined().allSatisfy({ $0.count == 2 })
        else {
            throw problem(
                path,
                "neither splits of [text, intent] pairs with one named train, nor Rasa's "
                    + "rasa_nlu_data")
        }
        func pairs(_ name: String) -> [LabelledSentence] {
            (splits[name] ?? []).map { LabelledSentence(text: $0[0], intent: $0[1]) }
        }
        var found = LabelledSentences()
        found.hasSplits = true
        found.train = train.map { LabelledSentence(text: $0[0], intent: $0[1]) }
        found.validation = pairs("val") + pairs("validation")
        found.test = pairs("test")
        found.outOfScopeTrain = pairs("oos_train").map(\.text)
        found.outOfScopeValidation = (pairs("oos_val") + pairs("oos_validation")).map(\.text)
        found.outOfScopeTest = pairs("oos_test").map(\.text)
        return found
    }
}
