// Rasa's training data: YAML (`nlu:`, an intent and a block of examples), Markdown (`## intent:name` and a
// list) and JSON (`rasa_nlu_data`). Of YAML only the form that Rasa documents is read. Marked entities,
// `[Berlin](city)` or `[Berlin]{"entity": "city"}`, become plain text.

internal import Foundation

enum RasaText {
    static func yaml(_ text: String, _ path: String) throws -> [LabelledSentence] {
        var sentences: [LabelledSentence] = []
        var intent: String?
        var isInExamples = false
        for line in text.split(whereSeparator: \.isNewline) {
            let trimmed = line.trimmed
            let isSection = line.first?.isWhitespace == false && !trimmed.hasPrefix("#")
            let isOther = ["- lookup:", "- synonym:", "- regex:"].contains { trimmed.hasPrefix($0) }
            if let name = value(of: "- intent:", trimmed) {
                (intent, isInExamples) = (name, false)
            } else if isSection || isOther {
                (intent, isInExamples) = (nil, false)
            } else if trimmed.hasPrefix("examples:") {
                isInExamples = true
            } else if isInExamples, let intent, let example = value(of: "- ", trimmed) {
                sentences.append(LabelledSentence(text: plain(example), intent: intent))
            }
        }
        guard !sentences.isEmpty else {
            throw LabelledSentences.problem(path, "no \"- intent:\" with a list of examples")
        }
        return sentences
    }

    static func markdown(_ text: String, _ path: String) throws -> [LabelledSentence] {
        var sentences: [LabelledSentence] = []
        var intent: String?
        for line in text.split(whereSeparator: \.isNewline).map(\.trimmed) {
            if line.hasPrefix("#") {
                intent = value(of: "## intent:", line)
            } else if let intent, let example = value(of: "- ", line) ?? value(of: "* ", line) {
                sentences.append(LabelledSentence(text: plain(example), intent: intent))
            }
        }
        guard !sentences.isEmpty else {
            throw LabelledSentences.problem(path, "no \"## intent:\" with a list of sentences")
        }
        return sentences
    }

    /// Nil for other JSON.
    static func json(_ data: Data) -> [LabelledSentence]? {
        struct File: Decodable {
            struct Content: Decodable {
                struct Example: Decodable {
                    var text: String
                    var intent: String
                }
                var examples: [Example]
                enum CodingKeys: String, CodingKey { case examples = "common_examples" }
            }
            var content: Content
            enum CodingKeys: String, CodingKey { case content = "rasa_nlu_data" }
        }
        guard let file = try? JSONDecoder().decode(File.self, from: data) else { return nil }
        return file.content.examples.map {
            LabelledSentence(text: $0.text, intent: $0.intent)
        }
    }

    private static func value(of key: String, _ line: String) -> String? {
        guard line.hasPrefix(key) else { return nil }
        let value = line.dropFirst(key.count).trimmed
        return value.isEmpty ? nil : value
    }

    /// Without the marks of entities.
    private static func plain(_ text: String) -> String {
        var result = text
        let mark = #/\[([^\]]*)\](\([^)]*\)|\{[^}]*\})/#
        while let match = result.firstMatch(of: mark) {
            result.replaceSubrange(match.range, with: match.1)
        }
        return result
    }
}
