import Base
import Foundation
import Intents
import Store
import Testing

@Suite struct IntentFileTests {
    private static func ownIntents() throws -> [IntentDefinition] {
        let repository = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let file = repository.appending(
            path: "Sources/Intents/Resources/ecommerce_intents.jsonl")
        return try IntentFile.parse(String(contentsOf: file, encoding: .utf8))
    }

    @Test func theProjectsOwnFileHasEnoughVariedSentences() throws {
        let intents = try Self.ownIntents()
        #expect(intents.count >= 32)
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

    @Test(arguments: [
        ("not json", 1),
        ("\n{\"intent\":\"a\",\"examples\":[\"x\"]}", 2),
        ("{\"intent\":\"\",\"examples\":[\"x\"],\"answer\":\"\"}", 1),
        ("{\"intent\":\"a\",\"examples\":[],\"answer\":\"\"}", 1),
        ("{\"intent\":\"a\",\"examples\":[\"\"],\"answer\":\"\"}", 1),
        ("{\"intent\":\"a\",\"examples\":\"x\",\"answer\":\"\"}", 1),
        (
            """
            {"intent":"a","examples":["x"],"answer":""}
            {"intent":"a","examples":["y"],"answer":""}
            """, 2
        ),
    ])
    func aBadLineIsNamed(text: String, line: Int) {
        let fault = #expect(throws: Fault.self) { try IntentFile.parse(text) }
        #expect(fault?.code == .invalidArgument)
        #expect(fault?.fieldViolations.first?.field == "line \(line)")
    }

    @Test func textBeyondItsLimitIsRefused() {
        var limits = Limits()
        limits.maxTextBytes = 10
        limits.maxIdBytes = 4
        func parse(_ name: String, _ example: String, _ answer: String) throws {
            _ = try IntentFile.parse(
                "{\"intent\":\"\(name)\",\"examples\":[\"\(example)\"],\"answer\":\"\(answer)\"}",
                limits: limits)
        }
        #expect(throws: Never.self) { try parse("abcd", "0123456789", "0123456789") }
        #expect(throws: Fault.self) { try parse("abcde", "x", "") }
        #expect(throws: Fault.self) { try parse("a", "0123456789x", "") }
        #expect(throws: Fault.self) { try parse("a", "x", "0123456789x") }
    }
}
