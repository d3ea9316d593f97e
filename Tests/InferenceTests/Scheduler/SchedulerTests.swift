import Base
import Foundation
import Synchronization
import Testing

@testable import Inference

/// Makes of each text two floats: the sum of its ids and their number.
private struct SummingBackend: BatchBackend {
    var version = "summing"
    let dimension = 2
    let maxTokensPerText = 64
    /// Closed while a test wants the worker to be busy.
    let gate: DispatchSemaphore?

    func makeWorkspace(maxBatchTokens: Int) -> Int { maxBatchTokens }

    func encode(
        _ batch: RaggedBatch, into output: UnsafeMutableBufferPointer<Float>, workspace: Int
    ) throws {
        // The trial at start has token 0 alone.
        if batch.tokenIds.contains(where: { $0 != 0 }) { gate?.wait() }
        if batch.tokenIds.contains(-1) { throw Fault(.internal, reason: "TEST", "broken") }
        #expect(batch.tokenIds.count <= workspace)
        for i in 0..<batch.offsets.count - 1 {
            let ids = batch.tokenIds[Int(batch.offsets[i])..<Int(batch.offsets[i + 1])]
            output[2 * i] = Float(ids.reduce(0, +))
            output[2 * i + 1] = Float(ids.count)
        }
    }
}

/// Each encoder adds a number of its own, or does what it must not.
private struct NumberedBackend: BatchBackend {
    enum Defect { case none, fails, notFinite, notDeterministic }

    var version: String { "numbered \(number)" }
    let dimension = 1
    let maxTokensPerText = 64
    let number: Float
    var defect = Defect.none

    func makeWorkspace(maxBatchTokens: Int) {}

    func encode(
        _ batch: RaggedBatch, into output: UnsafeMutableBufferPointer<Float>, workspace: ()
    ) throws {
        if defect == .fails { throw Fault(.internal, reason: "TEST", "broken") }
        for i in 0..<batch.offsets.count - 1 {
            output[i] = Float(batch.tokenIds[Int(batch.offsets[i])]) + number
            if defect == .notFinite { output[i] = .infinity }
            if defect == .notDeterministic { output[i] += Float(batch.offsets.count) }
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
    func manyRequests() throws {
        let loop = TestLoop()
        let scheduler = try Scheduler(
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
        let scheduler = try Scheduler(
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
    func slices() throws {
        let loop = TestLoop()
        let scheduler = try Scheduler(
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

    @Test("what was known is not encoded again, until another version takes over")
    func cache() throws {
        let loop = TestLoop()
        let scheduler = try Scheduler(
            backend: NumberedBackend(number: 0.25), limits: Limits(), workerCount: 2)
        func ask() -> Float? {
            let countdown = Countdown(1)
            let answer = Mutex<Float?>(nil)
            scheduler.submit(
                texts([[7, 8]]), deadline: .distantFuture, class: .bidding, mailbox: loop.mailbox
            ) { result in
                answer.withLock { $0 = (try? result.get())?.vectors.first }
                countdown.count()
            }
            #expect(countdown.wait())
            return answer.withLock { $0 }
        }
        #expect([ask(), ask(), ask()] == [7.25, 7.25, 7.25])
        #expect(scheduler.counters().encodedTexts == 1)
        #expect(scheduler.counters().cachedTexts == 2)
        #expect(scheduler.counters().vectorCacheBytes == 4 + VectorCache.overheadBytes)
        try scheduler.replace(backend: NumberedBackend(number: 0.25))
        #expect(ask() == 7.25)
        #expect(scheduler.counters().encodedTexts == 1)
        try scheduler.replace(backend: NumberedBackend(number: 0.5))
        #expect(scheduler.counters().vectorCacheBytes == 0)
        #expect([ask(), ask()] == [7.5, 7.5])
        #expect(scheduler.counters().encodedTexts == 2)
        scheduler.shutdown()
        loop.stop()
    }

    @Test("encoders are replaced under load: each request is answered by the one it names")
    func reload() throws {
        let loop = TestLoop()
        var limits = Limits()
        limits.maxVectorCacheBytes = 0
        let scheduler = try Scheduler(
            backend: NumberedBackend(number: 0), limits: limits, workerCount: 2)
        let countdown = Countdown(2_000)
        DispatchQueue.concurrentPerform(iterations: 3) { sender in
            if sender == 2 {
                for number in 1...10 {
                    _ = try? scheduler.replace(backend: NumberedBackend(number: Float(number) / 16))
                }
                return
            }
            for i in 0..<1_000 {
                let generation = scheduler.generation
                let number = Float(generation.version.split(separator: " ")[1])!
                scheduler.submit(
                    texts([[Int32(i)], [Int32(i + 1)]]), on: generation,
                    deadline: .distantFuture, class: .interactive, mailbox: loop.mailbox
                ) { result in
                    let expected = [Float(i) + number, Float(i + 1) + number]
                    #expect((try? result.get().vectors) == expected)
                    countdown.count()
                }
            }
        }
        #expect(countdown.wait())
        #expect(scheduler.counters().reloads == 10)
        #expect(scheduler.counters().unanswered == 0)
        scheduler.shutdown()
        loop.stop()
    }

    @Test("an encoder that does not do what it must changes nothing and says why")
    func badReload() throws {
        let scheduler = try Scheduler(
            backend: NumberedBackend(number: 0), limits: Limits(), workerCount: 1)
        let defects: [(NumberedBackend.Defect, String)] = [
            (.fails, "it failed"), (.notFinite, "not finite"), (.notDeterministic, "in a batch"),
        ]
        for (defect, reason) in defects {
            let fault = #expect(throws: Fault.self) {
                try scheduler.replace(backend: NumberedBackend(number: 1, defect: defect))
            }
            #expect(fault?.code == .failedPrecondition)
            #expect(fault?.message.contains(reason) == true)
        }
        #expect(scheduler.generation.version == "numbered 0.0")
        #expect(scheduler.counters().reloads == 0)
        scheduler.shutdown()
    }
}
