import Base
import Testing

@testable import Inference

@Suite("Identical texts")
struct CoalescingTests {
    @Test("texts that wait and are the same are encoded once, for all classes")
    func waiting() {
        var harness = CoreHarness()
        let bulk = harness.submit(sameAs: [1, 2], class: .bulk)
        let bidding = harness.submit(sameAs: [2], class: .bidding)
        let batch = harness.popBatch()
        #expect(batch.requestIds == [bidding, bulk])
        #expect(batch.tokenCount == 16)
        #expect(harness.core.queuedTokens == 0)
        harness.complete(batch)
        #expect(harness.outcomes == [bulk: [.encoded], bidding: [.encoded]])
        #expect(harness.core.counters.coalescedTexts == 1)
        #expect(harness.core.counters.savedTokensCoalesced == 8)
        #expect(harness.core.texts.isEmpty)
    }

    @Test("a text that comes while it runs joins the batch and waits for no other")
    func running() {
        var harness = CoreHarness()
        harness.submit(sameAs: [1])
        let batch = harness.popBatch()
        let joined = harness.submit(sameAs: [1])
        #expect(harness.core.queuedTokens == 0)
        harness.expectIdle()
        harness.complete(batch)
        #expect(harness.outcomes[joined] == [.encoded])
    }

    @Test("the same text twice in a request is encoded once")
    func withinRequest() {
        var harness = CoreHarness()
        let id = harness.submit(sameAs: [1, 2, 1])
        let batch = harness.popBatch()
        #expect(batch.tokenCount == 16)
        harness.complete(batch)
        #expect(harness.outcomes[id] == [.encoded])
    }

    @Test("who cancels takes its own place only")
    func cancelled() {
        var harness = CoreHarness()
        let first = harness.submit(sameAs: [1])
        let second = harness.submit(sameAs: [1])
        harness.cancel(first)
        let batch = harness.popBatch()
        #expect(batch.requestIds == [second])
        let third = harness.submit(sameAs: [1])
        harness.cancel(second)
        harness.complete(batch)
        #expect(harness.outcomes[first] == [.fault(.cancelled)])
        #expect(harness.outcomes[second] == [.fault(.cancelled)])
        #expect(harness.outcomes[third] == [.encoded])
        #expect(harness.core.texts.isEmpty)
        #expect(harness.core.snapshot().unanswered == 0)
    }

    @Test("a batch that fails, fails for all who wait for it")
    func failed() {
        var harness = CoreHarness()
        let first = harness.submit(sameAs: [1])
        let batch = harness.popBatch()
        let second = harness.submit(sameAs: [1, 2])
        harness.fail(batch, Fault(.internal, reason: "TEST", "broken"))
        #expect(harness.outcomes[first] == [.fault(.internal)])
        #expect(harness.outcomes[second] == [.fault(.internal)])
        harness.expectIdle()
        #expect(harness.core.texts.isEmpty && harness.core.queuedTokens == 0)
    }

    @Test("who costs nothing is not refused for want of time")
    func joinsLate() {
        var harness = CoreHarness(maxBatchTokens: 16)
        harness.submit([16])
        harness.complete(harness.popBatch(), afterMs: 16)
        harness.submit(sameAs: [1], tokens: 16)
        let batch = harness.popBatch()
        harness.submit(Array(repeating: 16, count: 10), class: .bidding)
        let joined = harness.submit(sameAs: [1], tokens: 16, inMs: 20)
        harness.complete(batch, afterMs: 16)
        #expect(harness.outcomes[joined] == [.encoded])
    }

    @Test("thousands of cancelled copies leave nothing behind that grows")
    func bounded() {
        var harness = CoreHarness()
        harness.submit(sameAs: [1])
        for _ in 0..<5_000 { harness.cancel(harness.submit(sameAs: [1])) }
        #expect(harness.core.texts.entryCount <= 20)
    }

    @Test("an encoder that takes over starts a new batch; what came before keeps its own")
    func generations() {
        var harness = CoreHarness()
        let old = harness.submit(sameAs: [1])
        harness.generation = .forTests(id: 1)
        harness.core.replace(maxBatchTokens: 64, measured: nil)
        let new = harness.submit(sameAs: [1, 2])
        let first = harness.popBatch()
        #expect(first.requestIds == [old])
        #expect(first.generation?.id == 0)
        let second = harness.popBatch()
        #expect(second.requestIds == [new, new])
        #expect(second.generation?.id == 1)
        harness.complete(first)
        harness.complete(second)
        #expect(harness.outcomes == [old: [.encoded], new: [.encoded]])
    }

    @Test("a text larger than the budget is a batch of its own, also where it is owed its turn")
    func large() {
        var harness = CoreHarness(
            maxBatchTokens: 16, maxQueuedTokens: 100_000, maxTokensPerText: 256)
        let large = harness.submit([256], class: .bulk)
        var turn = 0
        while harness.outcomes[large] == nil && turn < 1_000 {
            harness.submit([16], class: .bidding)
            let batch = harness.popBatch()
            #expect(batch.tokenCount == 16 || batch.requestIds == [large])
            harness.complete(batch)
            turn += 1
        }
        // A sixteenth of sixteen tokens a batch makes it a whole batch after sixteen.
        #expect(turn <= 18)
        let free = harness.submit([200])
        #expect(harness.popBatch().entries.count == 1)
        #expect(harness.outcomes[free] == nil)
    }
}
