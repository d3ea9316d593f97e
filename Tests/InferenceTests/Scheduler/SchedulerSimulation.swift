// The scheduler's core in virtual time: seeded arrivals, cancels, deadlines, slow workers, failing
// batches, texts that come again and encoders that are replaced, with everything that must always
// hold checked after every step (SchedulerInvariants).

import Base
import Testing

@testable import Inference

/// One schedule, decided by its seed alone.
struct SchedulerSimulation {
    /// What one worker is doing.
    struct Worker {
        var batch: SchedulerCore.Batch?
        var started = MonotonicTime(nanoseconds: 0)
        var freeAt = MonotonicTime(nanoseconds: 0)
    }

    var random: SeededRandom
    var core: SchedulerCore
    var now = MonotonicTime(nanoseconds: 1_000_000_000)
    var workers: [Worker]
    var invariants: SchedulerInvariants
    let configuration: SchedulerCore.Configuration
    private var generation = EncoderGeneration.forTests()
    private let nanosecondsPerToken: UInt64
    private let meanGapNanoseconds: UInt64
    private let callerCount: UInt32
    /// Of how many different texts there are; few come again often.
    private let textCount: Int
    private var nextArrival = MonotonicTime(nanoseconds: 1_000_000_000)
    private var lastId: UInt64 = 0

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        let maxTokensPerText = [8, 64, 256].randomElement(using: &random)!
        configuration = SchedulerCore.Configuration(
            maxQueuedTokens: maxTokensPerText * Int.random(in: 16...400, using: &random),
            maxTokensPerText: maxTokensPerText,
            maxQueuedSlices: Int.random(in: 1...20, using: &random),
            workerCount: Int.random(in: 1...4, using: &random))
        let maxBatchTokens = Self.maxBatchTokens(maxTokensPerText, &random)
        core = SchedulerCore(configuration, maxBatchTokens: maxBatchTokens)
        workers = Array(repeating: Worker(), count: configuration.workerCount)
        invariants = SchedulerInvariants(maxBatchTokens: maxBatchTokens)
        nanosecondsPerToken = UInt64.random(in: 10_000...200_000, using: &random)
        // From nearly idle to twice what the workers can do.
        let capacityGap = nanosecondsPerToken * UInt64(3 * maxTokensPerText / 2)
        let loadPercent = UInt64.random(in: 10...200, using: &random)
        meanGapNanoseconds = max(
            1, capacityGap * 100 / loadPercent / UInt64(configuration.workerCount))
        callerCount = UInt32.random(in: 1...6, using: &random)
        textCount = [3, 50, 100_000].randomElement(using: &random)!
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
        try invariants.checkEnd(core)
    }

    // MARK: What happens

    /// From a small part of the longest text to several of them.
    private static func maxBatchTokens(_ longest: Int, _ random: inout SeededRandom) -> Int {
        longest * Int.random(in: 1...32, using: &random) / 4
    }

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
                try invariants.collect(&core, now)
                guard case .slice = work else {
                    if case .batch(let batch) = work { try start(index, batch) }
                    break
                }
                core.completeSlice()
            }
        }
        let isIdle = workers.contains { $0.batch == nil }
        try invariants.require(!isIdle || !core.hasWork, "a worker is idle while work waits", now)
    }

    private mutating func start(_ index: Int, _ batch: SchedulerCore.Batch) throws {
        try invariants.checkStart(
            batch, now, maxBatchTokens: core.maxBatchTokens,
            running: workers.compactMap(\.batch).flatMap(\.entries))
        let isStalled = Int.random(in: 0..<50, using: &random) == 0
        let duration = nanosecondsPerToken * UInt64(batch.tokenCount) * (isStalled ? 100 : 1)
        workers[index] = Worker(
            batch: batch, started: now, freeAt: now.advanced(byNanoseconds: duration))
    }

    private mutating func finish(_ index: Int) throws {
        guard let batch = workers[index].batch else { return }
        let isBroken = Int.random(in: 0..<200, using: &random) == 0
        let vectors = batch.entries.map { SchedulerInvariants.vector(of: $0) }
        core.complete(
            batch,
            isBroken
                ? .failure(Fault(.internal, reason: "TEST", "broken"))
                : .success(VectorBlock(vectors)),
            started: workers[index].started, now: now)
        workers[index].batch = nil
        try invariants.collect(&core, now)
    }

    private mutating func arrive() {
        lastId += 1
        switch Int.random(in: 0..<40, using: &random) {
        case 0...3:
            if let id = invariants.randomUnanswered(&random) { core.cancel(id) }
        case 4...7: arriveSlice()
        case 8: reload()
        default: arriveTexts()
        }
    }

    /// Half of the time it is the same version anew.
    private mutating func reload() {
        let version = Bool.random(using: &random) ? generation.id : lastId
        generation = .forTests(id: version, maxTokensPerText: configuration.maxTokensPerText)
        let maxBatchTokens = Self.maxBatchTokens(configuration.maxTokensPerText, &random)
        let measured = CostCurve.Point(
            tokens: maxBatchTokens, nanoseconds: nanosecondsPerToken * UInt64(maxBatchTokens))
        core.replace(maxBatchTokens: maxBatchTokens, measured: measured)
        invariants.replaced(maxBatchTokens: maxBatchTokens)
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
            let name = Int.random(in: 1...textCount, using: &random)
            let most = configuration.maxTokensPerText + (lastId % 97 == 0 ? 1 : 0)
            texts.append(tokenIds: repeatElement(Int32(name), count: 1 + name * 7_919 % most))
        }
        let request = QueuedRequest(
            id: lastId, texts: texts, generation: generation,
            callerClass: CallerClass.allCases.randomElement(using: &random)!,
            caller: UInt32.random(in: 0..<callerCount, using: &random), deadline: deadline(),
            submitted: now)
        // As a cache would: some of it is known.
        for text in 0..<texts.count where Int.random(in: 0..<10, using: &random) == 0 {
            let place = TextPlace(request: request, text: text)
            request.take(text)
            let block = VectorBlock([SchedulerInvariants.vector(of: place)])
            request.give(text, VectorRow(block: block, index: 0))
        }
        invariants.arrived(request)
        core.submit(request, now: now)
    }

    private mutating func deadline() -> MonotonicTime {
        let batch = nanosecondsPerToken * UInt64(core.maxBatchTokens)
        return Bool.random(using: &random)
            ? .distantFuture
            : now.advanced(byNanoseconds: UInt64.random(in: 0...batch * 4, using: &random))
    }

    private mutating func check() throws {
        try invariants.collect(&core, now)
        try invariants.check(core, now)
    }
}
