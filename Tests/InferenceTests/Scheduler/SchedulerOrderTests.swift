import Base
import Testing

@testable import Inference

@Suite("Scheduler order")
struct SchedulerOrderTests {
    @Test("within a class the earliest deadline is first, then who came first")
    func earliestDeadlineFirst() {
        var harness = CoreHarness(maxBatchTokens: 48)
        let never = harness.submit([8])
        let later = harness.submit([8], inMs: 50)
        let soon = harness.submit([8, 8], inMs: 10)
        let alsoNever = harness.submit([8])
        let batch = harness.popBatch()
        #expect(batch.requestIds == [soon, soon, later, never, alsoNever])
    }

    @Test("bidding goes before interactive before bulk")
    func classes() {
        var harness = CoreHarness(maxBatchTokens: 32)
        let bulk = harness.submit([16], class: .bulk)
        let interactive = harness.submit([16], class: .interactive)
        let bidding = harness.submit([16], class: .bidding)
        let first = harness.popBatch()
        #expect(first.requestIds == [bidding, interactive])
        let second = harness.popBatch()
        #expect(second.requestIds == [bulk])
    }

    @Test("bulk has its share of every batch while bidding never stops")
    func bulkIsNotStarved() {
        var harness = CoreHarness(maxBatchTokens: 64, maxQueuedTokens: 4_096)
        let bulk = harness.submit(Array(repeating: 8, count: 20), class: .bulk)
        var bulkTokens = 0
        for _ in 0..<100 {
            harness.submit(Array(repeating: 8, count: 8), class: .bidding)
            let batch = harness.popBatch()
            bulkTokens += batch.entries.filter { $0.request.id == bulk }.count * 8
            harness.complete(batch)
        }
        // A sixteenth of 6,400 is more than it has.
        #expect(harness.outcomes[bulk] == [.encoded], "bulk had \(bulkTokens) tokens")
        let shareAtMost = 20 * 8
        #expect(bulkTokens == shareAtMost)
    }

    @Test("callers of a class share it, however many texts one of them sends")
    func fairness() {
        var harness = CoreHarness(
            maxBatchTokens: 32, maxQueuedTokens: 100_000, maxTokensPerText: 16)
        harness.submit(Array(repeating: 16, count: 1_000), caller: 1)
        harness.submit(Array(repeating: 4, count: 1_000), caller: 2)
        var tokens: [UInt32: Int] = [:]
        for _ in 0..<100 {
            for entry in harness.popBatch().entries {
                tokens[entry.request.caller, default: 0] +=
                    entry.request.texts.tokenCount(at: entry.text)
            }
            #expect(abs(tokens[1, default: 0] - tokens[2, default: 0]) <= 16)
        }
    }

    @Test("a caller that sends a text at a time with urgent deadlines has no more than its share")
    func urgencyBuysNoShare() {
        var harness = CoreHarness(
            maxBatchTokens: 16, maxQueuedTokens: 100_000, maxTokensPerText: 16)
        harness.submit(Array(repeating: 16, count: 1_000), caller: 1)
        var tokens: [UInt32: Int] = [:]
        for _ in 0..<200 {
            harness.submit([16], caller: 2, inMs: 1)
            for entry in harness.popBatch().entries {
                tokens[entry.request.caller, default: 0] += 16
            }
            #expect(abs(tokens[1, default: 0] - tokens[2, default: 0]) <= 16)
        }
    }

    @Test("who comes back does not start anew, and who comes new is not behind")
    func comingAndGoing() {
        var harness = CoreHarness(
            maxBatchTokens: 16, maxQueuedTokens: 100_000, maxTokensPerText: 16)
        harness.submit(Array(repeating: 16, count: 1_000), caller: 0)
        var served: [UInt32] = []
        for turn in 0..<90 {
            // Caller 1 is there all the time a text at a time, caller 2 from the thirtieth turn on.
            harness.submit([16], caller: 1, inMs: 5)
            if turn >= 30 { harness.submit([16], caller: 2, inMs: 5) }
            served += harness.popBatch().entries.map(\.request.caller)
        }
        func count(_ caller: UInt32, _ turns: Range<Int>) -> Int {
            served[turns].count { $0 == caller }
        }
        #expect(served.count == 90)
        #expect(abs(count(0, 0..<30) - 15) <= 1)
        for caller: UInt32 in 0...2 { #expect(abs(count(caller, 30..<90) - 20) <= 1) }
    }

    @Test("newcomers cannot keep who has used its quantum waiting")
    func newcomers() {
        var harness = CoreHarness(
            maxBatchTokens: 16, maxQueuedTokens: 100_000, maxTokensPerText: 16)
        harness.submit(Array(repeating: 16, count: 100), caller: 0)
        var served = 0
        for caller in 1...300 {
            harness.advance(ms: 10)
            harness.submit([16], caller: UInt32(caller), inMs: 990)
            served += harness.popBatch().entries.filter { $0.request.caller == 0 }.count
        }
        // A second of patience, then its turn in every round.
        #expect(served >= 20)
    }

    @Test("cancelled requests leave nothing behind that grows")
    func cancelledEntriesAreDropped() {
        var queue = ClassQueue(quantumTokens: 16)
        var texts = TokenizedTexts()
        texts.append(tokenIds: [1, 2, 3])
        func request(_ id: UInt64) -> QueuedRequest {
            QueuedRequest(
                id: id, texts: texts, callerClass: .bulk, caller: UInt32(id % 3),
                deadline: MonotonicTime(nanoseconds: .max - id),
                submitted: MonotonicTime(nanoseconds: 0))
        }
        queue.insert(request(0))
        for id in 1...10_000 {
            let one = request(UInt64(id))
            queue.insert(one)
            queue.remove(one)
            one.isAnswered = true
        }
        #expect(queue.entryCount < 1_000)
        #expect(queue.tokens == 3)
        let next = queue.next()
        #expect(next?.id == 0)
    }

    @Test("slices run first in their class, take turns with texts, and none starves")
    func slices() {
        var harness = CoreHarness(maxBatchTokens: 16, maxQueuedSlices: 100)
        harness.submit(Array(repeating: 16, count: 60), class: .interactive)
        for _ in 0..<40 { harness.submitSlice(class: .interactive) }
        let bulk = harness.submitSlice(class: .bulk)
        var kinds: [Bool] = []
        var bulkTurn: Int?
        for turn in 0..<40 {
            switch harness.pop() {
            case .slice(let slice):
                kinds.append(true)
                if slice.id == bulk { bulkTurn = turn }
            case .batch: kinds.append(false)
            case nil: Issue.record("there was work")
            }
        }
        #expect(kinds.prefix(4) == [true, false, true, false])
        #expect(bulkTurn.map { $0 <= ClassTurns.slicesPerLeastUrgent } == true)
    }

    @Test("slices are bounded, expire and can be cancelled")
    func sliceBounds() {
        var harness = CoreHarness(maxQueuedSlices: 2)
        let expired = harness.submitSlice(class: .bidding, inMs: 1)
        let cancelled = harness.submitSlice(class: .bulk)
        let refused = harness.submitSlice(class: .bidding)
        harness.cancel(cancelled)
        harness.advance(ms: 1)
        harness.expectIdle()
        #expect(harness.outcomes[expired] == [.fault(.deadlineExceeded)])
        #expect(harness.outcomes[cancelled] == [.fault(.cancelled)])
        #expect(harness.outcomes[refused] == [.fault(.resourceExhausted)])
        #expect(harness.core.snapshot().unanswered == 0)
    }
}
