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

    @Test(
        "on every code point of Unicode and 24,000 mixed texts",
        .enabled(
            if: TokenizerFixtures.python != nil,
            "skipped: RANKWIRE_PYTHON (or .venv/bin/python) names no Python with tokenizers"))
    func package() throws {
        let python = try #require(TokenizerFixtures.python)
        let seed = ProcessInfo.processInfo.environment["RANKWIRE_SEED"] ?? "1"
        let lines = try TokenizerFixtures.run(
            python,
            [
                TokenizerFixtures.path("tokenizer_reference.py"), "--count", "24000",
                "--seed", seed, "--every-code-point",
            ])
        var comparison = try ReferenceComparison()
        try comparison.compare(lines)
        #expect(comparison.comparedCount >= 24_000 + 0x10F800 / 24)
        let shown = comparison.differences.prefix(5).joined(separator: "\n")
        #expect(
            comparison.differences.isEmpty,
            "seed \(seed): \(comparison.differences.count) differ, e.g.\n\(shown)")
    }
}
