public import Base
private import Foundation
public import Store

/// Reads intents from JSON lines, one intent a line:
/// `{"intent": "track_order", "examples": ["Where is my order?", ...], "answer": "Your order ..."}`.
/// The answer is a template: `{order_number}` names what is filled in.
public enum IntentFile {
    public static let maxIntents = 10_000
    public static let maxExamplesPerIntent = 10_000

    private struct Line: Decodable {
        let intent: String
        let examples: [String]
        let answer: String
    }

    /// Blank lines are skipped; unknown members are ignored.
    /// - Parameter limits: bounds for names, examples and answers.
    /// - Throws: `Fault.invalid` naming the line (`line 3`, counted from 1) for text that is no
    ///   such JSON, an intent without name or examples, an empty or overlong one, and a name that
    ///   an earlier line has.
    public static func parse(_ text: String, limits: Limits = Limits()) throws(Fault)
        -> [IntentDefinition]
    {
        var definitions: [IntentDefinition] = []
        var names: Set<String> = []
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.allSatisfy(\.isWhitespace) {
            let place = "line \(index + 1)"
            let definition = try decode(line, place)
            try check(definition, limits, place)
            guard names.insert(definition.name).inserted else {
                throw Fault.invalid(place, "an earlier line has intent \(definition.name)")
            }
            guard definitions.count < maxIntents else {
                throw Fault.invalid(place, "more than \(maxIntents) intents")
            }
            definitions.append(definition)
        }
        return definitions
    }

    private static func decode(_ line: Substring, _ place: String) throws(Fault)
        -> IntentDefinition
    {
        do {
            let decoded = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
            return IntentDefinition(
                name: decoded.intent, examples: decoded.examples, answer: decoded.answer)
        } catch {
            throw Fault.invalid(
                place, "is not a JSON object with \"intent\", \"examples\" and \"answer\"")
        }
    }

    private static func check(
        _ definition: IntentDefinition, _ limits: Limits, _ place: String
    ) throws(Fault) {
        guard (1...limits.maxIdBytes).contains(definition.name.utf8.count) else {
            throw Fault.invalid(
                place, "intent must have a name of 1 to \(limits.maxIdBytes) bytes")
        }
        guard (1...maxExamplesPerIntent).contains(definition.examples.count) else {
            throw Fault.invalid(place, "examples must hold 1 to \(maxExamplesPerIntent) sentences")
        }
        let textBytes = 1...limits.maxTextBytes
        for example in definition.examples where !textBytes.contains(example.utf8.count) {
            throw Fault.invalid(
                place, "an example must have 1 to \(limits.maxTextBytes) bytes")
        }
        guard definition.answer.utf8.count <= limits.maxTextBytes else {
            throw Fault.invalid(
                place, "answer must have at most \(limits.maxTextBytes) bytes")
        }
    }
}
