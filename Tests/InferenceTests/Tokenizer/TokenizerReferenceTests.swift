import Foundation
import Testing

@Suite("Ids equal Hugging Face tokenizers'")
struct TokenizerReferenceTests {
    @Test("on the committed golden texts")
    func golden() throws {
        let lines = try String(
            contentsOfFile: TokenizerFixtures.path("tokenizer_golden.tsv"), encoding: .utf8)
        var comparison = try ReferenceComparison()
        try comparison.compare(lines)
        #expect(comparison.comparedCount >= 700)
        #expect(comparison.differences.isEmpty, "\(comparison.differences.prefix(5))")
    }

    static let seed = ProcessInfo.processInfo.environment["RANKWIRE_SEED"] ?? "1"

    @Test(
        "on 24,000 mixed texts of every Unicode block",
        .enabled(
            if: TokenizerFixtures.python != nil,
            "skipped: RANKWIRE_PYTHON (or .venv/bin/python) names no Python with tokenizers"))
    func package() throws {
        try compare(["--count", "24000"], vocabulary: "vocab.txt", atLeast: 24_000)
    }

    @Test(
        "on every code point, with a vocabulary that hides none behind [UNK]",
        .enabled(
            if: TokenizerFixtures.python != nil,
            "skipped: RANKWIRE_PYTHON (or .venv/bin/python) names no Python with tokenizers"))
    func characters() throws {
        let path = NSTemporaryDirectory() + "rankwire-characters-\(UUID().uuidString).txt"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try compare(
            ["--count", "8000", "--every-code-point", "--character-vocabulary", path],
            vocabulary: path, atLeast: 8_000 + 0x10F800 / 24)
    }

    private func compare(
        _ arguments: [String], vocabulary: String, atLeast count: Int
    ) throws {
        let lines = try TokenizerFixtures.run(
            try #require(TokenizerFixtures.python),
            [TokenizerFixtures.path("tokenizer_reference.py"), "--seed", Self.seed] + arguments)
        var comparison = try ReferenceComparison(vocabulary: vocabulary)
        try comparison.compare(lines)
        #expect(comparison.comparedCount >= count)
        let shown = comparison.differences.prefix(5).joined(separator: "\n")
        #expect(
            comparison.differences.isEmpty,
            "seed \(Self.seed): \(comparison.differences.count) differ, e.g.\n\(shown)")
    }
}
