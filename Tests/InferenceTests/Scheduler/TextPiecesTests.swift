import Base
import Testing

@testable import Inference

@Suite("Text pieces")
struct TextPiecesTests {
    private struct OneFloat: BatchBackend {
        let version = "one"
        let dimension = 1
        let maxTokensPerText = 64

        func makeWorkspace(maxBatchTokens: Int) {}

        func encode(
            _ batch: RaggedBatch, into output: UnsafeMutableBufferPointer<Float>, workspace: ()
        ) throws {
            for i in 0..<batch.offsets.count - 1 {
                output[i] = Float(batch.tokenIds[Int(batch.offsets[i])])
            }
        }
    }

    @Test("no piece is more work than may be done at one go, and together they are all texts")
    func bounds() {
        var random = SeededRandom(seed: 11)
        for _ in 0..<200 {
            let longest = [1, 30, 300, 20_000].randomElement(using: &random)!
            let texts = (0..<Int.random(in: 1...1_000, using: &random)).map { _ in
                String(repeating: "é", count: Int.random(in: 0...longest, using: &random))
            }
            var start = 0
            while start < texts.count {
                let end = TextPieces.end(of: texts, from: start)
                let bytes = texts[start..<end].reduce(0) { $0 + $1.utf8.count }
                #expect(end > start && end <= texts.count)
                #expect(end - start <= TextPieces.maxTexts)
                #expect(bytes <= TextPieces.maxBytes || end == start + 1)
                // None is cut short: the next text would have been too much.
                let isFull =
                    end == texts.count || end - start == TextPieces.maxTexts
                    || bytes + texts[end].utf8.count > TextPieces.maxBytes
                #expect(isFull)
                start = end
            }
            #expect(start == texts.count)
        }
    }

    @Test("pieces put together are the same as the whole: texts, keys, and what is known")
    func together() throws {
        let loop = TestLoop()
        let scheduler = try Scheduler(backend: OneFloat(), limits: Limits(), workerCount: 1)
        func texts(_ range: Range<Int>) -> TokenizedTexts {
            var texts = TokenizedTexts()
            for i in range {
                let length = 1 + i % 7
                texts.append(tokenIds: (0..<length).map { Int32(i + $0) }, isTruncated: i % 5 == 0)
            }
            return texts
        }
        let countdown = Countdown(1)
        scheduler.submit(texts(10..<40), mailbox: loop.mailbox) { _ in countdown.count() }
        #expect(countdown.wait())
        var whole = PreparedTexts(for: scheduler.generation)
        scheduler.prepare(texts(0..<100), into: &whole)
        var joined = PreparedTexts(for: scheduler.generation)
        for range in [0..<33, 33..<34, 34..<100] {
            var piece = PreparedTexts(for: scheduler.generation)
            scheduler.prepare(texts(range), into: &piece)
            joined.append(piece)
        }
        #expect(joined.texts == whole.texts)
        #expect(joined.keys == whole.keys)
        #expect(joined.known.map(\.text) == Array(10..<40))
        #expect(whole.known.map(\.text) == Array(10..<40))
        for (text, row) in joined.known {
            #expect(row.block.vectors[row.index] == Float(text))
        }
        scheduler.shutdown()
        loop.stop()
    }

    @Test("more than a piece at one go stops the process")
    func tooMuch() async {
        await #expect(processExitsWith: .failure) {
            let scheduler = try Scheduler(backend: OneFloat(), limits: Limits(), workerCount: 1)
            var texts = TokenizedTexts()
            for _ in 0...TextPieces.maxTexts { texts.append(tokenIds: [1]) }
            var prepared = PreparedTexts(for: scheduler.generation)
            scheduler.prepare(texts, into: &prepared)
        }
    }
}
