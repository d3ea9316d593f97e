import ArgumentParser
import Base
import Foundation
import Inference

/// `rankwire-bench tokenizer`: lines of text, over and over, on one thread.
struct TokenizerBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenizer", abstract: "Tokenises a file's lines over and over.")

    @Option(help: "Directory of the model's bundle.")
    var bundle: String

    @Option(help: "File with one text a line, UTF-8.")
    var texts: String

    @Option(help: "Goes on at least so long; at least one pass is measured.")
    var seconds = 2.0

    @Flag(help: "Writes the token ids instead, a line a text.")
    var ids = false

    private static let limitBytes = 1 << 30

    func validate() throws {
        guard seconds >= 0 && seconds <= 3600 else {
            throw ValidationError("--seconds must be 0 to 3600")
        }
    }

    func run() throws {
        let size = try FileManager.default.attributesOfItem(atPath: texts)[.size] as? Int ?? 0
        guard size <= Self.limitBytes else {
            throw ValidationError("\(texts) has \(size) bytes; at most \(Self.limitBytes) are read")
        }
        let lines = try Data(contentsOf: URL(filePath: texts)).split(separator: 10).map(Array.init)
        guard !lines.isEmpty else { throw ValidationError("\(texts) holds no text") }
        let opened: ModelBundle
        do { opened = try ModelBundle.open(bundle) } catch { throw error.fault }
        let tokenizer = try WordPieceTokenizer(
            vocabularyPath: opened.vocabularyPath, tokenization: opened.manifest.tokenization,
            maxTokens: opened.architecture.maxTokens)
        if ids {
            for line in lines {
                var ids: [Int32] = []
                tokenizer.encode(line.span, into: &ids)
                print(ids.map(String.init).joined(separator: " "))
            }
        } else {
            report(lines, tokenizer)
        }
    }

    private func report(_ lines: [[UInt8]], _ tokenizer: WordPieceTokenizer) {
        var ids: [Int32] = []
        var times: [Double] = []
        let clock = ContinuousClock()
        let start = clock.now
        repeat {
            ids.removeAll(keepingCapacity: true)
            let time = clock.measure {
                for line in lines { tokenizer.encode(line.span, into: &ids) }
            }
            times.append(time / .seconds(1))
        } while (clock.now - start) / .seconds(1) < seconds
        times.sort()
        let median = times[times.count / 2]
        let hash = ids.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
            ($0 ^ UInt64(UInt32(bitPattern: $1))) &* 0x100_0000_01b3
        }
        print(
            """
            \(lines.count) texts, \(ids.count) tokens, 1 thread, \(times.count) passes
            textsPerSecond   \((Double(lines.count) / median).rounded())
            tokensPerSecond  \((Double(ids.count) / median).rounded())
            ids              \(String(hash, radix: 16))
            """)
    }
}
