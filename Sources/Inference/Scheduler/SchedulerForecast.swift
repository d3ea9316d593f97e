// What latencies the scheduler's rules alone would give: the same core that serves, driven in virtual
// time by given arrivals and measured costs. What a real server adds to it is its own doing: sockets
// and wake-ups.

public import Base

/// See above. Nothing in it depends on this machine's clock.
public struct SchedulerForecast {
    /// One request of one text.
    public struct Arrival: Sendable {
        public var moment: MonotonicTime
        public var tokens: Int
        public var deadline: MonotonicTime

        public init(
            moment: MonotonicTime, tokens: Int, deadline: MonotonicTime = .distantFuture
        ) {
            self.moment = moment
            self.tokens = tokens
            self.deadline = deadline
        }
    }

    private var core: SchedulerCore
    private let nanoseconds: (Int, MonotonicTime) -> UInt64
    private let generation: EncoderGeneration
    /// What each worker does, since when and until when.
    private var workers:
        [(batch: SchedulerCore.Batch, started: MonotonicTime, until: MonotonicTime)?]
    private var now = MonotonicTime(nanoseconds: 0)
    private var latencies: [UInt64?] = []
    private var submitted: [MonotonicTime] = []

    private init(
        costs: CostCurve, batchTokens: Int, limits: Limits, workerCount: Int,
        nanoseconds: @escaping (Int, MonotonicTime) -> UInt64
    ) {
        self.nanoseconds = nanoseconds
        core = SchedulerCore(
            SchedulerCore.Configuration(
                maxQueuedTokens: limits.maxQueuedTokens, maxTokensPerText: limits.maxTokensPerText,
                maxQueuedSlices: limits.maxQueuedSlices, workerCount: workerCount),
            maxBatchTokens: batchTokens, leastShareTokens: costs.leastShareTokens,
            measured: CostCurve.Point(
                tokens: batchTokens, nanoseconds: costs.nanoseconds(tokens: batchTokens)))
        generation = EncoderGeneration(
            id: 0, version: "", dimension: 0, maxTokensPerText: limits.maxTokensPerText,
            costs: costs, hasher: TextHasher(key: (0, 0)), makeRunner: { { _, _ in } })
        workers = Array(repeating: nil, count: workerCount)
    }

    /// - Parameters:
    ///   - arrivals: in the order of their moments; no two have the same text.
    ///   - costs: of batches on average.
    ///   - batchTokens: what a batch is filled up to; nil for what follows from `costs`.
    ///   - nanoseconds: how long a batch of so many tokens that starts at a moment takes; nil for
    ///     what `costs` says.
    /// - Returns: nanoseconds from each arrival to its answer; nil where it was refused or given up.
    public static func latencies(
        of arrivals: [Arrival], costs: CostCurve, batchTokens: Int? = nil,
        limits: Limits = Limits(), workerCount: Int = 1,
        nanoseconds: ((Int, MonotonicTime) -> UInt64)? = nil
    ) -> [UInt64?] {
        var forecast = SchedulerForecast(
            costs: costs, batchTokens: batchTokens ?? costs.best.tokens, limits: limits,
            workerCount: workerCount,
            nanoseconds: nanoseconds ?? { tokens, _ in costs.nanoseconds(tokens: tokens) })
        for arrival in arrivals {
            forecast.advance(to: arrival.moment)
            forecast.submit(arrival)
        }
        forecast.advance(to: .distantFuture)
        return forecast.latencies
    }

    private mutating func submit(_ arrival: Arrival) {
        let index = latencies.count
        latencies.append(nil)
        submitted.append(arrival.moment)
        var texts = TokenizedTexts()
        texts.append(tokenIds: repeatElement(0, count: arrival.tokens))
        let key = TextKey(low: UInt64(index), high: 0)
        let request = QueuedRequest(
            id: UInt64(index), texts: texts, keys: [key], generation: generation,
            callerClass: .interactive, caller: 0, deadline: arrival.deadline,
            submitted: arrival.moment, answer: { _ in })
        core.submit(request, now: now)
        collect()
        startWorkers()
    }

    private mutating func advance(to moment: MonotonicTime) {
        while let (index, until) = nextToFinish(), until <= moment {
            guard let (batch, started, _) = workers[index] else { return }
            now = until
            workers[index] = nil
            core.complete(batch, .success(VectorBlock([])), started: started, now: now)
            collect()
            startWorkers()
        }
        if moment != .distantFuture { now = max(now, moment) }
    }

    private func nextToFinish() -> (index: Int, until: MonotonicTime)? {
        workers.enumerated().compactMap { index, work in work.map { (index, $0.until) } }
            .min { $0.1 < $1.1 }
    }

    private mutating func startWorkers() {
        for index in workers.indices where workers[index] == nil {
            let idle = workers.count { $0 == nil }
            guard case .batch(let batch) = core.pop(now: now, idleWorkers: idle) else { break }
            let took = nanoseconds(batch.tokenCount, now)
            workers[index] = (batch, now, now.advanced(byNanoseconds: took))
        }
        collect()
    }

    private mutating func collect() {
        for case .encoded(let request, let finished) in core.takeAnswers() {
            let index = Int(request.id)
            latencies[index] = finished.nanoseconds(since: submitted[index])
        }
    }
}
