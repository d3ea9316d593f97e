// A large request on idle workers is split among them where that has it done sooner; under load each
// worker keeps its own batch.

import Base
import Testing

@testable import Inference

@Suite("Scheduler splits")
struct SchedulerSplitTests {
    /// As an encoder's: some cost a batch, then in proportion.
    private static let costs = CostCurve(
        points: [4, 8, 16, 32, 64].map {
            .init(tokens: $0, nanoseconds: UInt64(60_000 + 25_000 * $0))
        })

    /// Nanoseconds from the submission of one request to its last batch's end, in virtual time.
    private func latency(of counts: [Int], workerCount: Int, costs: CostCurve) -> UInt64 {
        var harness = CoreHarness(
            maxBatchTokens: costs.best.tokens, maxTokensPerText: 64, workerCount: workerCount,
            leastShareTokens: costs.leastShareTokens)
        harness.submit(counts)
        var freeAt = [UInt64](repeating: 0, count: workerCount)
        while harness.core.hasWork {
            let now = freeAt.min()!
            let batch = harness.popBatch(idleWorkers: freeAt.count { $0 <= now })
            freeAt[freeAt.firstIndex(of: now)!] += costs.nanoseconds(tokens: batch.tokenCount)
        }
        return freeAt.max()!
    }

    @Test("two idle workers have a request done sooner than one, and never later")
    func sooner() {
        var random = SeededRandom(seed: 5)
        for _ in 0..<200 {
            let counts = (0..<Int.random(in: 1...40, using: &random)).map { _ in
                Int.random(in: 1...40, using: &random)
            }
            let one = latency(of: counts, workerCount: 1, costs: Self.costs)
            let two = latency(of: counts, workerCount: 2, costs: Self.costs)
            #expect(two <= one, "\(counts)")
            if counts.count >= 16 { #expect(two * 10 <= one * 7, "\(counts): \(one), \(two)") }
        }
    }

    @Test("what one worker has done as soon is not split")
    func notWorthIt() {
        // Up to 16 tokens cost the same; 32 cost more than 16 do.
        let flat = CostCurve(points: [
            .init(tokens: 8, nanoseconds: 500_000), .init(tokens: 16, nanoseconds: 505_000),
            .init(tokens: 32, nanoseconds: 1_000_000), .init(tokens: 64, nanoseconds: 1_900_000),
        ])
        #expect(flat.leastShareTokens == 16)
        var harness = CoreHarness(workerCount: 2, leastShareTokens: flat.leastShareTokens)
        harness.submit([4, 4, 4, 4])
        #expect(harness.popBatch(idleWorkers: 2).tokenCount == 16)
        harness.submit([8, 8, 8, 8])
        #expect(harness.popBatch(idleWorkers: 2).tokenCount == 16)
        #expect(harness.popBatch(idleWorkers: 1).tokenCount == 16)
    }

    @Test("under load each worker keeps its own batch")
    func underLoad() {
        var harness = CoreHarness(maxBatchTokens: 64, workerCount: 2)
        harness.submit(Array(repeating: 8, count: 12))
        #expect(harness.popBatch(idleWorkers: 1).tokenCount == 64)
        #expect(harness.popBatch(idleWorkers: 1).tokenCount == 32)
    }

    @Test("a request split over two workers has the bits that it has on one, and alone")
    func sameBits() throws {
        let model = TinyModel()
        let encoder = try Encoder(bundle: try model.imported().bundle)
        let workspace = encoder.makeWorkspace(maxBatchTokens: 64)
        var alone: [UInt32] = []
        for ids in model.samples {
            var output = [Float](repeating: .nan, count: encoder.dimension)
            try output.withUnsafeMutableBufferPointer {
                try encoder.encode(
                    RaggedBatch(tokenIds: ids, offsets: [0, Int32(ids.count)]), into: $0,
                    workspace: workspace)
            }
            alone += output.map(\.bitPattern)
        }
        let loop = TestLoop()
        var limits = Limits()
        limits.maxVectorCacheBytes = 0
        for workerCount in [1, 2] {
            let scheduler = try Scheduler(
                backend: encoder, limits: limits, workerCount: workerCount)
            let countdown = Countdown(20)
            for _ in 0..<20 {
                var texts = TokenizedTexts()
                for ids in model.samples.prefix(TextPieces.maxTexts) {
                    texts.append(tokenIds: ids)
                }
                let expected = Array(alone.prefix(texts.count * encoder.dimension))
                scheduler.submit(texts, mailbox: loop.mailbox) { result in
                    #expect((try? result.get().vectors.map(\.bitPattern)) == expected)
                    countdown.count()
                }
            }
            #expect(countdown.wait())
            scheduler.shutdown()
        }
        loop.stop()
    }
}
