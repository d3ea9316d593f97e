import Base
import Testing

@testable import Inference

/// Drives a SchedulerCore by hand and keeps every answer.
struct CoreHarness {
    enum Outcome: Equatable {
        case encoded
        case fault(StatusCode)
    }

    var core: SchedulerCore
    var generation = EncoderGeneration.forTests()
    var now = MonotonicTime(nanoseconds: 1_000_000_000)
    private(set) var outcomes: [UInt64: [Outcome]] = [:]
    private(set) var faults: [UInt64: Fault] = [:]
    private var lastId: UInt64 = 0

    init(
        maxBatchTokens: Int = 64, maxQueuedTokens: Int = 1_024, maxTokensPerText: Int = 16,
        maxQueuedSlices: Int = 4, workerCount: Int = 1, leastShareTokens: Int = 1
    ) {
        core = SchedulerCore(
            SchedulerCore.Configuration(
                maxQueuedTokens: maxQueuedTokens, maxTokensPerText: maxTokensPerText,
                maxQueuedSlices: maxQueuedSlices, workerCount: workerCount),
            maxBatchTokens: maxBatchTokens, leastShareTokens: leastShareTokens)
    }

    /// Submits texts of the given lengths; each text's tokens are its own.
    @discardableResult
    mutating func submit(
        _ tokenCounts: [Int], class callerClass: CallerClass = .interactive, caller: UInt32 = 0,
        inMs deadlineMs: UInt64? = nil
    ) -> UInt64 {
        lastId += 1
        var texts = TokenizedTexts()
        for (index, count) in tokenCounts.enumerated() {
            let first = Int32(lastId * 1_000) + Int32(index)
            texts.append(tokenIds: (0..<count).map { $0 == 0 ? first : 7 })
        }
        return submit(texts, class: callerClass, caller: caller, inMs: deadlineMs)
    }

    /// Submits texts that may be the same as others'.
    @discardableResult
    mutating func submit(
        sameAs names: [Int32], tokens: Int = 8, class callerClass: CallerClass = .interactive,
        caller: UInt32 = 0, inMs deadlineMs: UInt64? = nil
    ) -> UInt64 {
        lastId += 1
        var texts = TokenizedTexts()
        for name in names {
            texts.append(tokenIds: [-name] + repeatElement(7, count: tokens - 1))
        }
        return submit(texts, class: callerClass, caller: caller, inMs: deadlineMs)
    }

    private mutating func submit(
        _ texts: TokenizedTexts, class callerClass: CallerClass, caller: UInt32,
        inMs deadlineMs: UInt64?
    ) -> UInt64 {
        let deadline = deadlineMs.map { now.advanced(byNanoseconds: $0 * 1_000_000) }
        core.submit(
            QueuedRequest(
                id: lastId, texts: texts, generation: generation, callerClass: callerClass,
                caller: caller, deadline: deadline ?? .distantFuture, submitted: now),
            now: now)
        collect()
        return lastId
    }

    @discardableResult
    mutating func submitSlice(class callerClass: CallerClass, inMs deadlineMs: UInt64 = 1_000)
        -> UInt64
    {
        lastId += 1
        let slice = QueuedSlice(
            id: lastId, callerClass: callerClass,
            deadline: now.advanced(byNanoseconds: deadlineMs * 1_000_000), run: {},
            refuse: { _ in })
        core.submit(slice, now: now)
        collect()
        return lastId
    }

    mutating func cancel(_ id: UInt64) {
        core.cancel(id)
        collect()
    }

    mutating func advance(ms: UInt64) { now = now.advanced(byNanoseconds: ms * 1_000_000) }

    mutating func pop(idleWorkers: Int = 1) -> SchedulerCore.Work? {
        defer { collect() }
        return core.pop(now: now, idleWorkers: idleWorkers)
    }

    /// A worker that asks now gets nothing.
    mutating func expectIdle(sourceLocation: SourceLocation = #_sourceLocation) {
        if case .some = pop() { Issue.record("there was work", sourceLocation: sourceLocation) }
    }

    mutating func popBatch(idleWorkers: Int = 1) -> SchedulerCore.Batch {
        guard case .batch(let batch) = pop(idleWorkers: idleWorkers) else {
            return SchedulerCore.Batch()
        }
        return batch
    }

    mutating func complete(_ batch: SchedulerCore.Batch, afterMs: UInt64 = 1) {
        let started = now
        advance(ms: afterMs)
        let vectors = batch.entries.map { Float($0.request.texts.tokenIds(at: $0.text).first!) }
        core.complete(batch, .success(VectorBlock(vectors)), started: started, now: now)
        collect()
    }

    mutating func fail(_ batch: SchedulerCore.Batch, _ fault: Fault) {
        core.complete(batch, .failure(fault), started: now, now: now)
        collect()
    }

    mutating func collect() {
        for answer in core.takeAnswers() {
            switch answer {
            case .encoded(let request, let finished):
                outcomes[request.id, default: []].append(.encoded)
                precondition(
                    request.encoded(finished: finished).vectors
                        == (0..<request.texts.count).map {
                            Float(request.texts.tokenIds(at: $0).first!)
                        }, "a request was given another's vectors")
            case .fault(let request, let fault): note(request.id, fault)
            case .sliceFault(let slice, let fault): note(slice.id, fault)
            }
        }
    }

    private mutating func note(_ id: UInt64, _ fault: Fault) {
        outcomes[id, default: []].append(.fault(fault.code))
        faults[id] = fault
    }
}

extension EncoderGeneration {
    /// One whose vectors are whatever a test makes them, of one float.
    static func forTests(id: UInt64 = 0, maxTokensPerText: Int = 1_024) -> EncoderGeneration {
        EncoderGeneration(
            id: id, version: "\(id)", dimension: 1, maxTokensPerText: maxTokensPerText,
            costs: CostCurve(points: [.init(tokens: 16, nanoseconds: 1_000)]),
            hasher: TextHasher(key: (1, 2)), makeRunner: { { _, _ in } })
    }
}

extension QueuedRequest {
    /// One that nobody hears the answer of.
    convenience init(
        id: UInt64, texts: TokenizedTexts, generation: EncoderGeneration = .forTests(),
        callerClass: CallerClass, caller: UInt32, deadline: MonotonicTime,
        submitted: MonotonicTime
    ) {
        self.init(
            id: id, texts: texts,
            keys: (0..<texts.count).map { generation.hasher.hash(texts.tokenIds(at: $0)) },
            generation: generation, callerClass: callerClass, caller: caller,
            deadline: deadline, submitted: submitted, answer: { _ in })
    }
}

extension EncodedTexts {
    /// All floats, text after text.
    var vectors: [Float] { (0..<count).flatMap { vector(at: $0) } }
}

extension Scheduler {
    /// Texts few enough for one piece.
    @discardableResult
    func submit(
        _ texts: TokenizedTexts, on generation: EncoderGeneration? = nil,
        deadline: MonotonicTime = .distantFuture, class callerClass: CallerClass = .interactive,
        caller: UInt32 = 0, mailbox: LoopMailbox,
        completion: @escaping @Sendable (Result<EncodedTexts, Fault>) -> Void
    ) -> Ticket {
        var prepared = PreparedTexts(for: generation ?? self.generation)
        prepare(texts, into: &prepared)
        return submit(
            prepared, deadline: deadline, class: callerClass, caller: caller, mailbox: mailbox,
            completion: completion)
    }
}

extension SchedulerCore.Batch {
    var requestIds: [UInt64] { entries.map(\.request.id) }
}
