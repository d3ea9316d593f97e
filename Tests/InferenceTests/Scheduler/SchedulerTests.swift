import Base
import Foundation
import Inference
import Synchronization
import Testing

/// Makes of each text two floats: the sum of its ids and their number.
private struct SummingBackend: BatchBackend {
    let dimension = 2
    let maxTokensPerText = 64
    /// Closed while a test wants the worker to be busy.
    let gate: DispatchSemaphore?

    func makeWorkspace(maxBatchTokens: Int) -> Int { maxBatchTokens }

    func encode(
        _ batch: RaggedBatch, into output: UnsafeMutableBufferPointer<Float>, workspace: Int
    ) throws {
        gate?.wait()
        if batch.tokenIds.contains(-1) { throw Fault(.internal, reason: "TEST", "broken") }
        #expect(batch.tokenIds.count <= workspace)
        for i in 0..<batch.offsets.count - 1 {
            let ids = batch.tokenIds[Int(batch.offsets[i])..<Int(batch.offsets[i + 1])]
            output[2 * i] = Float(ids.reduce(0, +))
            output[2 * i + 1] = Float(ids.count)
        }
    }
}

private func texts(_ sequences: [[Int32]]) -> TokenizedTexts {
    var texts = TokenizedTexts()
    for ids in sequences { texts.append(tokenIds: ids) }
    return texts
}

@Suite("Scheduler threads")
struct SchedulerTests {
    @Test("each of many concurrent requests gets its own vectors, once, on its loop")
    func manyRequests() {
        let loop = TestLoop()
        let scheduler = Scheduler(
            backend: SummingBackend(gate: nil), limits: Limits(), workerCount: 3)
        let countdown = Countdown(2_000)
        let answered = Mutex(Set<Int>())
        DispatchQueue.concurrentPerform(iterations: 4) { sender in
            for i in 0..<500 {
                let number = sender * 500 + i
                let sequences = (0...number % 5).map { [Int32(number), Int32($0)] }
                scheduler.submit(
                    texts(sequences), deadline: .distantFuture,
                    class: CallerClass.allCases[number % 3], caller: UInt32(sender),
                    mailbox: loop.mailbox
                ) { result in
                    #expect(loop.mailbox.isOnLoop)
                    let expected: [Float] = sequences.flatMap {
                        [Float($0[0] + $0[1]), 2] as [Float]
                    }
                    #expect((try? result.get().vectors) == expected)
                    #expect(answered.withLock { $0.insert(number).inserted })
                    countdown.count()
                }
            }
        }
        #expect(countdown.wait())
        let counters = scheduler.counters()
        #expect(counters.answered == 2_000 && counters.unanswered == 0)
        #expect(counters.queuedTokens == 0)
        scheduler.shutdown()
        loop.stop()
    }

    @Test("cancelling, failing and shutting down answer once each")
    func endings() throws {
        let loop = TestLoop()
        let gate = DispatchSemaphore(value: 0)
        let scheduler = Scheduler(
            backend: SummingBackend(gate: gate), limits: Limits(), workerCount: 1)
        let countdown = Countdown(4)
        let codes = Mutex<[String: [StatusCode]]>([:])
        func submit(_ name: String, _ ids: [Int32]) -> Scheduler.Ticket {
            scheduler.submit(
                texts([ids]), deadline: .distantFuture, class: .bulk, mailbox: loop.mailbox
            ) { result in
                var code = StatusCode.ok
                if case .failure(let fault) = result { code = fault.code }
                codes.withLock { $0[name, default: []].append(code) }
                countdown.count()
            }
        }
        _ = submit("failing", [-1])
        while scheduler.counters().batches == 0 { Thread.sleep(forTimeInterval: 0.001) }
        let cancelled = submit("cancelled", [1])
        _ = submit("waiting", [2])
        cancelled.cancel()
        cancelled.cancel()
        gate.signal()
        while scheduler.counters().batches == 1 { Thread.sleep(forTimeInterval: 0.001) }
        gate.signal()
        while scheduler.counters().answered == 0 { Thread.sleep(forTimeInterval: 0.001) }
        scheduler.shutdown()
        _ = submit("late", [3])
        #expect(countdown.wait())
        loop.stop()
        #expect(
            codes.withLock { $0 } == [
                "failing": [.internal], "cancelled": [.cancelled], "waiting": [.ok],
                "late": [.unavailable],
            ])
    }

    @Test("slices run on the workers and hand their result to the loop")
    func slices() {
        let loop = TestLoop()
        let scheduler = Scheduler(
            backend: SummingBackend(gate: nil), limits: Limits(), workerCount: 2)
        let countdown = Countdown(100)
        for i in 0..<100 {
            scheduler.perform(
                deadline: .distantFuture, class: .interactive, mailbox: loop.mailbox
            ) {
                #expect(!loop.mailbox.isOnLoop)
                return i * i
            } completion: { result in
                #expect(loop.mailbox.isOnLoop)
                #expect((try? result.get()) == i * i)
                countdown.count()
            }
        }
        #expect(countdown.wait())
        scheduler.shutdown()
        #expect(scheduler.counters().unanswered == 0)
        loop.stop()
    }
}
