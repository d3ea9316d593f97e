import Base
import Testing

@testable import Inference

@Suite("Scheduler deadlines")
struct SchedulerDeadlineTests {
    /// A token takes a millisecond.
    func measured(maxBatchTokens: Int = 64) -> CoreHarness {
        var harness = CoreHarness(maxBatchTokens: maxBatchTokens)
        harness.submit([16])
        harness.complete(harness.popBatch(), afterMs: 16)
        return harness
    }

    @Test("what could not be done in time behind what waits is refused at once, with when to retry")
    func refusal() {
        var harness = measured()
        harness.submit([16, 16], inMs: 100)
        let justInTime = harness.submit([16], inMs: 101)
        let before = harness.submit([16], inMs: 20)
        let late = harness.submit([16], inMs: 102)
        #expect(harness.outcomes[justInTime] == nil)
        #expect(harness.outcomes[before] == nil, "only what is due before it is ahead of it")
        #expect(harness.outcomes[late] == nil)
        let refused = harness.submit([16, 16], inMs: 103)
        #expect(harness.faults[refused]?.reason == "DEADLINE_UNREACHABLE")
        // 112 ms, and a sixteenth for what estimates are off by.
        #expect(harness.faults[refused]?.retryAfterMs == 16)
        #expect(harness.outcomes[refused] == [.fault(.resourceExhausted)])
        #expect(harness.core.snapshot().refusedLate == 1)
    }

    @Test("a running batch counts for what is left of it")
    func runningBatch() {
        var harness = measured()
        harness.submit([16, 16])
        let batch = harness.popBatch()
        let refused = harness.submit([16], inMs: 47)
        #expect(harness.faults[refused]?.reason == "DEADLINE_UNREACHABLE")
        harness.advance(ms: 16)
        let taken = harness.submit([16], inMs: 34)
        #expect(harness.outcomes[taken] == nil)
        harness.complete(batch, afterMs: 16)
    }

    @Test("an urgent class is not refused for what waits in a lower one")
    func lowerClassesDoNotCount() {
        var harness = measured()
        harness.submit(Array(repeating: 16, count: 50), class: .bulk)
        let bid = harness.submit([16], class: .bidding, inMs: 18)
        #expect(harness.outcomes[bid] == nil)
        let batch = harness.popBatch()
        #expect(batch.requestIds.first == bid)
        harness.complete(batch, afterMs: UInt64(batch.tokenCount))
        #expect(harness.core.snapshot().answeredLate == 0)
    }

    @Test("a batch stops short of making a request late")
    func shortBatch() {
        var harness = measured()
        harness.submit([16, 16, 16])
        let urgent = harness.submit([16], inMs: 40)
        let batch = harness.popBatch()
        #expect(batch.requestIds.first == urgent)
        #expect(batch.tokenCount == 32)
    }

    @Test("what cannot be done in time any more is dropped for those who can")
    func hopeless() {
        var harness = measured(maxBatchTokens: 16)
        let hopeless = harness.submit([16], inMs: 20)
        harness.advance(ms: 5)
        let patient = harness.submit([16])
        let batch = harness.popBatch()
        #expect(batch.requestIds == [patient])
        #expect(harness.outcomes[hopeless] == [.fault(.deadlineExceeded)])
        #expect(harness.core.snapshot().savedTokensExpired == 16)
    }

    @Test("an idle encoder tries what the estimate calls impossible")
    func idle() {
        var harness = measured()
        let id = harness.submit([16], inMs: 5)
        harness.complete(harness.popBatch(), afterMs: 4)
        #expect(harness.outcomes[id] == [.encoded])
    }

    @Test("one stalled batch does not make the estimate despair")
    func stall() {
        var estimate = ThroughputEstimate()
        for _ in 0..<10 { estimate.add(tokens: 100, nanoseconds: 100_000) }
        estimate.add(tokens: 10, nanoseconds: 1_000_000_000)
        #expect(estimate.tokensPerSecond > 900_000)
        #expect(estimate.nanoseconds(tokens: 1_000, workers: 2).map { $0 < 600_000 } == true)
    }

    @Test("tokens up to a moment are exact within a second, and what is overdue counts as before")
    func histogram() {
        var histogram = DeadlineHistogram()
        var random = SeededRandom(seed: 3)
        var entries: [(tokens: Int, moment: MonotonicTime)] = []
        for step in 0..<4_000 {
            let now = MonotonicTime(nanoseconds: UInt64(step) * 5_000_000)
            if entries.count > 50 {
                let gone = entries.remove(at: Int.random(in: 0..<entries.count, using: &random))
                histogram.remove(gone.tokens, at: gone.moment)
            }
            let offset = UInt64.random(in: 0...1_000, using: &random) * 1_000_000
            let entry = (Int.random(in: 1...9, using: &random), now.advanced(byNanoseconds: offset))
            entries.append(entry)
            histogram.add(entry.0, at: entry.1)
            let asked = now.advanced(
                byNanoseconds: UInt64.random(in: 0...1_000, using: &random) * 1_000_000)
            let exact = entries.filter { $0.moment <= asked }.reduce(0) { $0 + $1.tokens }
            #expect(histogram.tokens(upTo: asked, now: now) == exact)
        }
    }

    @Test("the less estimates could be relied on, the earlier a request is refused")
    func deviation() {
        var harness = CoreHarness(maxBatchTokens: 16)
        for duration: UInt64 in [16, 8, 24, 8, 24, 16] {
            harness.submit([16])
            harness.complete(harness.popBatch(), afterMs: duration)
        }
        harness.submit([16, 16], inMs: 1_000)
        // 48 ms by the mean, a fifth more at least by what it was worth.
        let refused = harness.submit([16], class: .bulk, inMs: 55)
        #expect(harness.faults[refused]?.reason == "DEADLINE_UNREACHABLE")
        #expect(harness.core.throughput.deviation > 0.2)
    }
}
