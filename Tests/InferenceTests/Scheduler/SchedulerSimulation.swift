// The scheduler's core in virtual time: seeded arrivals, cancels, deadlines, slow workers and
// failing batches, with everything that must always hold checked after every step.

import Base
import Testing

@testable import Inference

/// One schedule, decided by its seed alone.
struct SchedulerSimulation {
    struct Violation: Error, CustomStringConvertible {
        let description: String
    }

    /// What one worker is doing.
    private struct Worker {
        var batch: SchedulerCore.Batch?
        var started = MonotonicTime(nanoseconds: 0)
        var freeAt = MonotonicTime(nanoseconds: 0)
    }

    private var random: SeededRandom
    private var core: SchedulerCore
    private var now = MonotonicTime(nanoseconds: 1_000_000_000)
    private var workers: [Worker]
    private let configuration: SchedulerCore.Configuration
    private let nanosecondsPerToken: UInt64
    private let meanGapNanoseconds: UInt64
    private let callerCount: UInt32
    private var nextArrival = MonotonicTime(nanoseconds: 1_000_000_000)
    private var unanswered: [UInt64: QueuedRequest] = [:]
    private var answered: Set<UInt64> = []
    private var lastId: UInt64 = 0

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        let maxTokensPerText = [8, 64, 256].randomElement(using: &random)!
        configuration = SchedulerCore.Configuration(
            maxBatchTokens: maxTokensPerText * Int.random(in: 1...8, using: &random),
            maxQueuedTokens: maxTokensPerText * Int.random(in: 16...400, using: &random),
            maxTokensPerText: maxTokensPerText,
            maxQueuedSlices: Int.random(in: 1...20, using: &random),
            workerCount: Int.random(in: 1...4, using: &random))
        core = SchedulerCore(configuration)
        workers = Array(repeating: Worker(), count: configuration.workerCount)
        nanosecondsPerToken = UInt64.random(in: 10_000...200_000, using: &random)
        // From nearly idle to twice what the workers can do.
        let capacityGap = nanosecondsPerToken * UInt64(3 * maxTokensPerText / 2)
        let loadPercent = UInt64.random(in: 10...200, using: &random)
        meanGapNanoseconds = max(
            1, capacityGap * 100 / loadPercent / UInt64(configuration.workerCount))
        callerCount = UInt32.random(in: 1...6, using: &random)
    }

    /// - Throws: `Violation` with what did not hold and when.
    mutating func run(arrivals: Int) throws {
        for _ in 0..<arrivals {
            try advance(to: nextArrival)
            arrive()
            try check()
            let spread = UInt64.random(in: 0...2 * meanGapNanoseconds, using: &random)
            let isBurst = Int.random(in: 0..<4, using: &random) == 0
            nextArrival = now.advanced(byNanoseconds: isBurst ? 0 : spread)
        }
        try advance(to: .distantFuture)
        try require(unanswered.isEmpty, "not all answered")
        try require(core.snapshot().unanswered == 0, "counters do not add up")
        try require(core.queuedTokens == 0 && !core.hasWork, "tokens were left over")
    }

    // MARK: What happens

    /// Runs the workers until `moment`, or until all is done where that is for ever.
    private mutating func advance(to moment: MonotonicTime) throws {
        try startWorkers()
        while let next = workers.indices.filter({ workers[$0].batch != nil })
            .min(by: { workers[$0].freeAt < workers[$1].freeAt }),
            workers[next].freeAt <= moment
        {
            now = max(now, workers[next].freeAt)
            try finish(next)
            try startWorkers()
            try check()
        }
        if moment != .distantFuture { now = max(now, moment) }
    }

    private mutating func startWorkers() throws {
        for index in workers.indices where workers[index].batch == nil {
            let idle = workers.count { $0.batch == nil }
            while true {
                let work = core.pop(now: now, idleWorkers: idle)
                try collect()
                guard case .slice = work else {
                    if case .batch(let batch) = work { try start(index, batch) }
                    break
                }
                core.completeSlice()
            }
        }
        let isIdle = workers.contains { $0.batch == nil }
        try require(!isIdle || !core.hasWork, "a worker is idle while work waits")
    }

    private mutating func start(_ index: Int, _ batch: SchedulerCore.Batch) throws {
        try require(batch.tokenCount > 0, "an empty batch")
        try require(batch.tokenCount <= configuration.maxBatchTokens, "a batch over its budget")
        for entry in batch.entries {
            try require(entry.request.deadline > now, "an expired request reached the backend")
            try require(!answered.contains(entry.request.id), "encoded for nobody")
        }
        let isStalled = Int.random(in: 0..<50, using: &random) == 0
        let duration = nanosecondsPerToken * UInt64(batch.tokenCount) * (isStalled ? 100 : 1)
        workers[index] = Worker(
            batch: batch, started: now, freeAt: now.advanced(byNanoseconds: duration))
    }

    private mutating func finish(_ index: Int) throws {
        guard let batch = workers[index].batch else { return }
        let isBroken = Int.random(in: 0..<200, using: &random) == 0
        let vectors = batch.entries.map { Float($0.request.id * 16 + UInt64($0.text)) }
        core.complete(
            batch,
            isBroken
                ? .failure(Fault(.internal, reason: "TEST", "broken"))
                : .success(VectorBlock(vectors)),
            started: workers[index].started, now: now)
        workers[index].batch = nil
        try collect()
    }

    private mutating func arrive() {
        lastId += 1
        switch Int.random(in: 0..<10, using: &random) {
        case 0:
            if let id = unanswered.keys.sorted().randomElement(using: &random) { core.cancel(id) }
        case 1: arriveSlice()
        default: arriveTexts()
        }
    }

    private mutating func arriveSlice() {
        let slice = QueuedSlice(
            id: lastId, callerClass: CallerClass.allCases.randomElement(using: &random)!,
            deadline: deadline(), run: {}, refuse: { _ in })
        core.submit(slice, now: now)
    }

    private mutating func arriveTexts() {
        var texts = TokenizedTexts()
        for _ in 0..<Int.random(in: 0...5, using: &random) {
            let most = configuration.maxTokensPerText + (lastId % 97 == 0 ? 1 : 0)
            let count = Int.random(in: 1...most, using: &random)
            texts.append(tokenIds: repeatElement(Int32(lastId), count: count))
        }
        let request = QueuedRequest(
            id: lastId, texts: texts,
            callerClass: CallerClass.allCases.randomElement(using: &random)!,
            caller: UInt32.random(in: 0..<callerCount, using: &random), deadline: deadline(),
            submitted: now, answer: { _ in })
        unanswered[lastId] = request
        core.submit(request, now: now)
    }

    private mutating func deadline() -> MonotonicTime {
        let batch = nanosecondsPerToken * UInt64(configuration.maxBatchTokens)
        return Bool.random(using: &random)
            ? .distantFuture
            : now.advanced(byNanoseconds: UInt64.random(in: 0...batch * 4, using: &random))
    }

    // MARK: What must hold

    private mutating func check() throws {
        try collect()
        try require(
            core.queuedTokens <= configuration.maxQueuedTokens, "more tokens wait than may")
        let waiting = unanswered.values.reduce(0) { $0 + $1.waitingTokens }
        try require(
            core.queuedTokens == waiting,
            "the queue's tokens are miscounted")
        try require(
            core.snapshot().queuedSlices <= configuration.maxQueuedSlices, "too many slices wait")
    }

    private mutating func collect() throws {
        for answer in core.takeAnswers() {
            switch answer {
            case .encoded(let request, let finished):
                let vectors = request.gather(dimension: 1, finished: finished).vectors
                let expected = request.rows.indices.map { Float(request.id * 16 + UInt64($0)) }
                try require(vectors == expected, "request \(request.id) has another's vectors")
                try note(request)
            case .fault(let request, _): try note(request)
            case .sliceFault: break
            }
        }
    }

    private mutating func note(_ request: QueuedRequest) throws {
        try require(answered.insert(request.id).inserted, "\(request.id) was answered twice")
        unanswered[request.id] = nil
    }

    private func require(_ holds: Bool, _ what: String) throws {
        if !holds { throw Violation(description: "at \(now.nanoseconds) ns: \(what)") }
    }
}
