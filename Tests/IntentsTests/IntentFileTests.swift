import Foundation
import Store
import Testing

/// The form of the project's own intents file: JSON lines as `rankwire import intents` reads them.
@Suite struct IntentFileTests {
    private struct Line: Decodable {
        let intent: String
        let examples: [String]
        let answer: String
    }

    private static func ownIntents() throws -> [IntentDefinition] {
        let repository = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let file = repository.appending(
            path: "Sources/Intents/Resources/ecommerce_intents.jsonl")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
            let decoded = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
            return IntentDefinition(
                name: decoded.intent, examples: decoded.examples, answer: decoded.answer)
        }
    }

    @Test func theProjectsOwnFileHasEnoughVariedSentences() throws {
        let intents = try Self.ownIntents()
        #expect(intents.count >= 32)
        #expect(Set(intents.map(\.name)).count == intents.count)
        var seen: [String: String] = [:]
        for intent in intents {
            #expect(intent.examples.count >= 16, "\(intent.name)")
            for example in intent.examples {
                let words = example.lowercased()
                    .split { !$0.isLetter && !$0.isNumber }.joined(separator: " ")
                #expect(!words.isEmpty)
                #expect(seen[words] == nil, "\(example): \(seen[words] ?? "") and \(intent.name)")
                seen[words] = intent.name
            }
            let lengths = intent.examples.map { $0.split(separator: " ").count }
            #expect((lengths.max() ?? 0) >= 2 * (lengths.min() ?? 1), "\(intent.name)")
        }
    }

    @Test func namesAreSnakeCaseAndAnswersAreTemplates() throws {
        let placeholder = /\{([^{}]*)\}/
        for intent in try Self.ownIntents() {
            #expect(intent.name.wholeMatch(of: /[a-z]+(_[a-z]+)*/) != nil, "\(intent.name)")
            let placeholders = intent.answer.matches(of: placeholder)
            #expect(!placeholders.isEmpty, "\(intent.name) has no placeholder")
            for match in placeholders {
                #expect(match.1.wholeMatch(of: /[a-z]+(_[a-z]+)*/) != nil, "\(match.0)")
            }
            let rest = intent.answer.replacing(placeholder, with: "")
            #expect(!rest.contains { $0 == "{" || $0 == "}" }, "\(intent.name)")
        }
    }
}
