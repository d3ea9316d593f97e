import Base
import Testing

@testable import Inference

@Suite("Scheduler core")
struct SchedulerCoreTests {
    @Test("one batch holds many requests, and a request may span batches")
    func batches() {
        var harness = CoreHarness(maxBatchTokens: 32)
        let first = harness.submit([10, 10])
        let second = harness.submit([10, 10, 10])
        let batch = harness.popBatch()
        #expect(batch.requestIds == [first, first, second])
        #expect(batch.ragged.offsets == [0, 10, 20, 30])
        harness.complete(batch)
        #expect(harness.outcomes == [first: [.encoded]])
        harness.complete(harness.popBatch())
        #expect(harness.outcomes[second] == [.encoded])
        harness.expectIdle()
        #expect(harness.core.snapshot().unanswered == 0)
    }

    @Test("no texts are answered at once")
    func empty() {
        var harness = CoreHarness()
        let id = harness.submit([])
        #expect(harness.outcomes[id] == [.encoded])
    }

    @Test("what waits is shared among the workers that are idle")
    func split() {
        var harness = CoreHarness(maxBatchTokens: 64, maxTokensPerText: 8)
        harness.submit(Array(repeating: 8, count: 4))
        let half = harness.popBatch(idleWorkers: 2)
        #expect(half.tokenCount == 16)
        let rest = harness.popBatch(idleWorkers: 1)
        #expect(rest.tokenCount == 16)
    }

    @Test("a full queue refuses with the time its excess takes, and takes again when there is room")
    func full() {
        var harness = CoreHarness(maxBatchTokens: 64, maxQueuedTokens: 64)
        harness.submit([16, 16, 16, 16])
        let unmeasured = harness.submit([1])
        #expect(harness.outcomes[unmeasured] == [.fault(.resourceExhausted)])
        harness.complete(harness.popBatch(), afterMs: 64)
        harness.submit([16, 16, 16, 16])
        let refused = harness.submit([8])
        // 64 tokens took 64 ms.
        #expect(harness.faults[refused]?.retryAfterMs == 8)
        #expect(harness.core.snapshot().refusedFull == 2)
        #expect(harness.core.snapshot().savedTokensRefused == 9)
        harness.complete(harness.popBatch())
        let taken = harness.submit([8])
        harness.complete(harness.popBatch())
        #expect(harness.outcomes[taken] == [.encoded])
    }

    @Test("what could never run is refused by name and does not block the queue")
    func oversize() {
        var harness = CoreHarness(maxQueuedTokens: 64, maxTokensPerText: 16)
        let long = harness.submit([4, 17])
        #expect(harness.faults[long]?.fieldViolations.first?.field == "texts[1]")
        let many = harness.submit([16, 16, 16, 16, 1])
        #expect(harness.faults[many]?.code == .invalidArgument)
        let hollow = harness.submit([0])
        #expect(harness.faults[hollow]?.fieldViolations.first?.field == "texts[0]")
        #expect(harness.core.snapshot().refusedInvalid == 3)
        let fine = harness.submit([16])
        harness.complete(harness.popBatch())
        #expect(harness.outcomes[fine] == [.encoded])
    }

    @Test("what has expired never reaches a batch, and its tokens are counted as saved")
    func expiry() {
        var harness = CoreHarness(maxBatchTokens: 16)
        let late = harness.submit([8, 8, 8], inMs: 5)
        let patient = harness.submit([8])
        harness.complete(harness.popBatch(), afterMs: 5)
        let batch = harness.popBatch()
        #expect(batch.requestIds == [patient])
        #expect(harness.outcomes[late] == [.fault(.deadlineExceeded)])
        #expect(harness.core.snapshot().savedTokensExpired == 8)
        #expect(harness.core.snapshot().expired == 1)
        let dead = harness.submit([8], inMs: 0)
        #expect(harness.outcomes[dead] == [.fault(.deadlineExceeded)])
    }

    @Test("a cancelled request is dropped where it waits, and its running texts are forgotten")
    func cancellation() {
        var harness = CoreHarness(maxBatchTokens: 16)
        let running = harness.submit([8, 8, 8])
        let batch = harness.popBatch()
        let waiting = harness.submit([8])
        harness.cancel(running)
        harness.cancel(waiting)
        #expect(harness.core.queuedTokens == 0)
        harness.expectIdle()
        harness.complete(batch)
        harness.cancel(running)
        #expect(
            harness.outcomes
                == [running: [.fault(.cancelled)], waiting: [.fault(.cancelled)]])
        #expect(harness.core.snapshot().savedTokensCancelled == 16)
    }

    @Test("a failed batch fails its requests once each, with what is left of them")
    func failure() {
        var harness = CoreHarness(maxBatchTokens: 16)
        let failed = harness.submit([8, 8, 8])
        harness.fail(harness.popBatch(), Fault(.internal, reason: "TEST", "broken"))
        #expect(harness.outcomes[failed] == [.fault(.internal)])
        harness.expectIdle()
        #expect(harness.core.snapshot().unanswered == 0)
    }

    @Test("draining refuses what comes, and cancels what waits when asked to")
    func drain() {
        var harness = CoreHarness(maxBatchTokens: 16)
        let running = harness.submit([16])
        let batch = harness.popBatch()
        let waiting = harness.submit([8])
        let slice = harness.submitSlice(class: .bulk)
        harness.core.drain(cancelWaiting: true)
        harness.collect()
        let refused = harness.submit([8])
        harness.complete(batch)
        #expect(harness.outcomes[running] == [.encoded])
        for id in [waiting, slice, refused] {
            #expect(harness.outcomes[id] == [.fault(.unavailable)])
        }
        #expect(harness.core.snapshot().unanswered == 0)
    }

    @Test("timings say how long it waited and how long it took")
    func timings() {
        var harness = CoreHarness()
        let texts = TokenizedTexts()
        let request = QueuedRequest(
            id: 1, texts: texts, callerClass: .bulk, caller: 0, deadline: .distantFuture,
            submitted: harness.now)
        request.started = harness.now.advanced(byNanoseconds: 5)
        harness.advance(ms: 1)
        let encoded = request.encoded(finished: harness.now)
        #expect(encoded.queueNanoseconds == 5)
        #expect(encoded.encodeNanoseconds == 999_995)
    }
}
