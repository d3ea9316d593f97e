import Base
import Foundation
import Store
import Testing

/// The layouts other tools write, each from a file.
@Suite struct LabelledSentencesTests {
    private static func read(_ name: String, _ text: String) throws -> LabelledSentences {
        let directory = FileManager.default.temporaryDirectory.appending(path: "\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.appending(path: name)
        try Data(text.utf8).write(to: file)
        return try LabelledSentences.read(file.path)
    }

    private static let two = [
        LabelledSentence(text: "hi, you", intent: "greet"),
        LabelledSentence(text: "to Berlin", intent: "book"),
    ]

    @Test(arguments: [
        ("a.csv", "text,category\n\"hi, you\",greet\nto Berlin,book\n"),
        ("a.csv", "utterance,intent,category\n\"hi, you\",greet,X\nto Berlin,book,Y\n"),
        (
            "a.jsonl",
            #"{"text":"hi, you","label":"greet"}"# + "\n" + #"{"intent":"book","text":"to Berlin"}"#
        ),
        (
            "a.jsonl",
            #"{"intent":"greet","examples":["hi, you"]}"# + "\n"
                + #"{"intent":"book","examples":["to Berlin"]}"#
        ),
        ("a.json", #"{"train":[["hi, you","greet"],["to Berlin","book"]]}"#),
        (
            "a.json",
            #"{"rasa_nlu_data":{"common_examples":[{"text":"hi, you","intent":"greet"},{"text":"to Berlin","intent":"book"}]}}"#
        ),
        (
            "a.yml",
            "version: \"3.1\"\nnlu:\n- intent: greet\n  examples: |\n    - hi, you\n- intent: book\n  examples: |\n    - to [Berlin](city)\n- lookup: city\n  examples: |\n    - Rome\n"
        ),
        (
            "a.md",
            "## intent:greet\n- hi, you\n\n## intent:book\n- to [Berlin]{\"entity\": \"city\"}\n## lookup:city\n- Rome\n"
        ),
    ])
    func readsEveryLayout(name: String, text: String) throws {
        #expect(try Self.read(name, text).train == Self.two)
    }

    @Test func outOfScopeIsSetApart() throws {
        let found = try Self.read(
            "a.json",
            #"{"train":[["a","x"]],"val":[["b","x"]],"test":[["c","x"]],"oos_test":[["d","oos"]],"oos_val":[["e","oos"]]}"#
        )
        #expect(found.hasSplits)
        #expect(found.validation.map(\.text) == ["b"] && found.test.map(\.text) == ["c"])
        #expect(found.outOfScopeTest == ["d"] && found.outOfScopeValidation == ["e"])
        let flat = try Self.read("a.csv", "text,label\na,x\nb,oos\n")
        #expect(flat.train.map(\.text) == ["a"] && flat.outOfScopeTrain == ["b"])
    }

    @Test(arguments: [
        ("a.csv", "sentence_a,other\nx,y\n"), ("a.csv", "text,label\na\n"), ("a.json", "[1]"),
        ("a.jsonl", "{\"text\": 1}"), ("a.yml", "nothing: here\n"), ("a.txt", "x"),
        ("a.csv", "text,label\n,x\n"),
    ])
    func whatIsNoneIsRefusedByName(name: String, text: String) throws {
        let fault = try #require(throws: Fault.self) { try Self.read(name, text) }
        #expect(fault.message.contains(name))
    }
}
