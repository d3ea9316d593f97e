import Foundation
import Inference
import Testing

/// Files that the tokenizer's tests read, and the format of the reference's answers.
enum TokenizerFixtures {
    static let directory = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures")

    static func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

    static func vocabulary() throws -> Vocabulary { try Vocabulary(file: path("vocab.txt")) }

    /// The Python that has `tokenizers`: RANKWIRE_PYTHON, or the repository's own environment.
    static let python: String? = {
        let root = directory.deletingLastPathComponent().deletingLastPathComponent()
        let path =
            ProcessInfo.processInfo.environment["RANKWIRE_PYTHON"]
            ?? root.appendingPathComponent(".venv/bin/python").path
        guard FileManager.default.isExecutableFile(atPath: path) else { return nil }
        let output = try? run(path, ["-c", "import tokenizers; print('here')"])
        return output?.starts(with: "here") == true ? path : nil
    }()

    static func run(_ executable: String, _ arguments: [String]) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }
}

/// One line of `tokenizer_reference.py`.
struct ReferenceCase {
    var options: TokenizerOptions
    var text: [UInt8]
    var ids: [Int32]
    var isTruncated: Bool

    init?(line: Substring) {
        let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
        let words = columns.first?.split(separator: " ") ?? []
        guard columns.count == 4, words.count == 4, let maxTokens = Int(words[3]) else {
            return nil
        }
        options = TokenizerOptions(
            lowercase: words[0] == "1", stripAccents: words[1] == "-" ? nil : words[1] == "1",
            splitChineseCharacters: words[2] == "1", maxTokens: maxTokens)
        let digits = columns[1].utf8.map { $0 < 0x3A ? $0 - 0x30 : $0 - 0x57 }
        text = stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
        ids = columns[2].split(separator: " ").compactMap { Int32($0) }
        isTruncated = columns[3] == "1"
    }
}

/// Compares with the reference's answers; one tokenizer for each set of options.
struct ReferenceComparison {
    let vocabulary: Vocabulary
    private var tokenizers: [String: WordPieceTokenizer] = [:]
    private(set) var comparedCount = 0
    private(set) var differences: [String] = []

    init(vocabulary name: String = "vocab.txt") throws {
        let path = name.hasPrefix("/") ? name : TokenizerFixtures.path(name)
        vocabulary = try Vocabulary(file: path)
    }

    mutating func compare(_ lines: String) throws {
        for line in lines.split(separator: "\n") {
            let one = try #require(ReferenceCase(line: line), "malformed line: \(line)")
            let key = String(line.prefix { $0 != "\t" })
            let tokenizer =
                try tokenizers[key]
                ?? WordPieceTokenizer(vocabulary: vocabulary, options: one.options)
            tokenizers[key] = tokenizer
            var ids: [Int32] = []
            let length = tokenizer.encode(one.text.span, into: &ids)
            comparedCount += 1
            if ids != one.ids || length.isTruncated != one.isTruncated
                || length.tokenCount != ids.count
            {
                differences.append(
                    "\(key) \(String(decoding: one.text, as: UTF8.self).debugDescription): "
                        + "\(ids) cut \(length.isTruncated), reference \(one.ids)")
            }
        }
    }
}
