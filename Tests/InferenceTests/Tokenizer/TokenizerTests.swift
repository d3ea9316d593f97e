import Base
import Foundation
import Inference
import Testing

@Suite("Tokenizer")
struct TokenizerTests {
    static let words = [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "un", "##aff", "##able", "aff", "hello",
        "wor", "##ld", "!", "中", "\u{e9}", "e", "Hello",
    ]

    func tokenizer(_ options: TokenizerOptions = TokenizerOptions()) throws -> WordPieceTokenizer {
        try WordPieceTokenizer(vocabulary: Vocabulary(lines: Self.words), options: options)
    }

    @Test("the longest piece wins, and a word no piece covers is [UNK] as a whole")
    func longestMatch() throws {
        let tokenizer = try tokenizer()
        #expect(tokenizer.encode("unaffable World!").ids == [2, 5, 6, 7, 10, 11, 12, 3])
        #expect(tokenizer.encode("unaffablex hello").ids == [2, 1, 9, 3])
    }

    @Test("case and accents stay when the options say so")
    func cased() throws {
        let cased = try tokenizer(TokenizerOptions(lowercase: false))
        #expect(cased.encode("Hello \u{e9}").ids == [2, 16, 14, 3])
        let stripped = try tokenizer(TokenizerOptions(lowercase: false, stripAccents: true))
        #expect(stripped.encode("Hello \u{e9}").ids == [2, 16, 15, 3])
        #expect(try tokenizer().encode("Hello \u{e9}").ids == [2, 9, 15, 3])
    }

    @Test("special tokens written in a text are those tokens, in their own case only")
    func specialTokens() throws {
        #expect(try tokenizer().encode("hello[SEP]hello").ids == [2, 9, 3, 9, 3])
        #expect(try tokenizer().encode("[sep]").ids == [2, 1, 1, 1, 3])
    }

    @Test("a long text is cut before [SEP], and says so; one that just fits does not")
    func truncation() throws {
        let tokenizer = try tokenizer(TokenizerOptions(maxTokens: 5))
        #expect(tokenizer.encode("hello hello hello") == ([2, 9, 9, 9, 3], false))
        #expect(tokenizer.encode("hello hello hello ") == ([2, 9, 9, 9, 3], false))
        #expect(tokenizer.encode("hello hello unaffable") == ([2, 9, 9, 5, 3], true))
        #expect(tokenizer.encode("hello hello unaffablex") == ([2, 9, 9, 1, 3], false))
        #expect(tokenizer.encode("hello hello hello hello") == ([2, 9, 9, 9, 3], true))
    }

    @Test("what is appended goes after what is there")
    func appends() throws {
        var ids: [Int32] = [42]
        let length = try tokenizer().encode("hello", into: &ids)
        #expect(ids == [42, 2, 9, 3])
        #expect(length.tokenCount == 3 && !length.isTruncated)
    }

    @Test("bytes that are not UTF-8 give what their repaired string gives")
    func invalidUTF8() throws {
        let tokenizer = try WordPieceTokenizer(vocabulary: TokenizerFixtures.vocabulary())
        var random = SeededRandom(seed: 11)
        let odd: [UInt8] = [
            0x00, 0x7F, 0x80, 0xBF, 0xC0, 0xC1, 0xC3, 0xA9, 0xE0, 0xE4, 0xB8, 0xAD, 0xED, 0xA0,
            0xEF, 0xBF, 0xBD, 0xF0, 0x9F, 0x98, 0x80, 0xF4, 0x90, 0xF5, 0xFF, 0xCC, 0x81,
        ]
        for _ in 0..<5_000 {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ -> UInt8 in
                Bool.random(using: &random)
                    ? odd.randomElement(using: &random)!
                    : UInt8.random(in: 0x20...0x7E, using: &random)
            }
            var ids: [Int32] = []
            tokenizer.encode(bytes.span, into: &ids)
            #expect(ids == tokenizer.encode(String(decoding: bytes, as: UTF8.self)).ids)
        }
    }

    @Test("a vocabulary without its special tokens is refused by name")
    func missingSpecialToken() throws {
        let fault = #expect(throws: Fault.self) {
            try WordPieceTokenizer(vocabulary: Vocabulary(lines: ["[CLS]", "[SEP]", "a"]))
        }
        #expect(fault?.message.contains("[UNK]") == true)
        #expect(throws: Fault.self) { try Vocabulary(lines: [String]()) }
    }

    @Test("a vocabulary file that is not there, too long or not UTF-8 is refused with its place")
    func badFiles() throws {
        let path = NSTemporaryDirectory() + "rankwire-vocabulary-\(UUID().uuidString).txt"
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: Fault.self) { try Vocabulary(file: path) }
        try Data([0x61, 0x0A, 0xFF, 0x0A]).write(to: URL(fileURLWithPath: path))
        let fault = #expect(throws: Fault.self) { try Vocabulary(file: path) }
        #expect(fault?.message.contains("line 2") == true)
        var limits = Limits()
        limits.maxVocabularyBytes = 3
        #expect(throws: Fault.self) { try Vocabulary(file: path, limits: limits) }
    }

    @Test("ids are line numbers, and of equal lines the last counts")
    func ids() throws {
        let vocabulary = try Vocabulary(lines: ["a", "##a", "b", "a", "##"])
        #expect(vocabulary.count == 5)
        #expect(vocabulary.id(of: "a") == 3)
        #expect(vocabulary.id(of: "##a") == 1)
        #expect(vocabulary.id(of: "##") == 4)
        #expect(vocabulary.id(of: "c") == nil)
    }
}
