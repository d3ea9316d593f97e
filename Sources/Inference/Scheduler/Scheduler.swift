// The scheduler's threads. What is decided is decided by SchedulerCore under one lock that is held
// for microseconds; encoding, copying and delivering happen outside it.
//
// Lock order: none is taken inside another. A mailbox is posted to with no lock held.

public import Base
internal import Glibc
private import Synchronization

/// Batches texts of all requests for the encoder, and runs slices of other work beside them.
///
/// Any thread may call it. Each submission gets exactly one answer, on its mailbox's loop.
public final class Scheduler: Sendable {
    /// A submission that may be taken back.
    public struct Ticket: Sendable {
        let id: UInt64
        weak let scheduler: Scheduler?

        /// Answers CANCELLED, unless an answer is on its way already.
        public func cancel() { scheduler?.cancel(id) }
    }

    struct State {
        var core: SchedulerCore
        var idleWorkers = 0
        /// Of the generation that serves.
        var servingId: UInt64 = 0
        var isStopping = false
        var threads: [pthread_t] = []
    }

    /// What texts are encoded with unless they say otherwise, and the vectors it has made. The
    /// vectors of the one before are let go with it.
    struct Serving {
        let generation: EncoderGeneration
        let cache: VectorCache
    }

    let monitor: Monitor<State>
    let time: any TimeSource
    let serving: Snapshot<Serving>
    private let limits: Limits
    private let hasher: TextHasher
    private let lastId = Atomic<UInt64>(0)

    /// Tries and measures the encoder, then starts `workerCount` threads, each with a workspace of
    /// its own.
    ///
    /// - Parameter hashKey: secret, for the keys of texts; nil draws one.
    /// - Throws: what is wrong with the encoder.
    public init(
        backend: some BatchBackend, limits: Limits, workerCount: Int,
        time: any TimeSource = SystemTime(), hashKey: (UInt64, UInt64)? = nil
    ) throws(Fault) {
        precondition(workerCount > 0, "a scheduler needs a worker")
        self.time = time
        self.limits = limits
        hasher = TextHasher(
            key: hashKey ?? (.random(in: .min ... .max), .random(in: .min ... .max)))
        let first = try EncoderGeneration(
            backend, id: 0, limits: limits, hasher: hasher)
        serving = Snapshot(
            Serving(
                generation: first,
                cache: VectorCache(
                    dimension: first.dimension, maxBytes: limits.maxVectorCacheBytes)))
        let best = first.costs.best
        monitor = Monitor(
            State(
                core: SchedulerCore(
                    SchedulerCore.Configuration(
                        maxQueuedTokens: limits.maxQueuedTokens,
                        maxTokensPerText: limits.maxTokensPerText,
                        maxQueuedSlices: limits.maxQueuedSlices, workerCount: workerCount),
                    maxBatchTokens: best.tokens, leastShareTokens: first.costs.leastShareTokens,
                    measured: best)))
        for index in 0..<workerCount {
            let thread = WorkerThread.start(name: "worker \(index)") { [self] in work() }
            monitor.withLock { $0.threads.append(thread) }
        }
    }

    /// What texts are encoded with unless they say otherwise.
    public var generation: EncoderGeneration { serving.load().generation }

    /// Tries, warms and measures another encoder on the caller's thread, some tens of milliseconds,
    /// then lets it take over. What was submitted before finishes on the one before. Not from a
    /// loop, and one at a time.
    ///
    /// - Throws: what is wrong with it; then nothing has changed.
    @discardableResult
    public func replace(backend: some BatchBackend) throws(Fault) -> EncoderGeneration {
        let next = try EncoderGeneration(
            backend, id: nextId(), limits: limits, hasher: hasher)
        let old = serving.load()
        let isSame = old.generation.version == next.version
        let cache =
            isSame
            ? old.cache
            : VectorCache(dimension: next.dimension, maxBytes: limits.maxVectorCacheBytes)
        serving.store(Serving(generation: next, cache: cache))
        let best = next.costs.best
        monitor.withLock { state in
            state.servingId = next.id
            state.core.replace(
                maxBatchTokens: best.tokens, leastShareTokens: next.costs.leastShareTokens,
                measured: best)
        }
        // Who sleeps would keep the one before in memory.
        monitor.wakeAll()
        return next
    }

    /// Encodes texts.
    ///
    /// - Parameters:
    ///   - caller: who asks; callers of one class share it fairly.
    ///   - completion: runs on `mailbox`'s loop. Faults: RESOURCE_EXHAUSTED with a time to retry
    ///     after, DEADLINE_EXCEEDED, CANCELLED, UNAVAILABLE while shutting down, INVALID_ARGUMENT
    ///     for a text longer than the encoder takes, and the backend's own.
    @discardableResult
    public func submit(
        _ prepared: PreparedTexts, deadline: MonotonicTime, class callerClass: CallerClass,
        caller: UInt32 = 0, mailbox: LoopMailbox,
        completion: @escaping @Sendable (Result<EncodedTexts, Fault>) -> Void
    ) -> Ticket {
        let now = time.now()
        let request = QueuedRequest(
            id: nextId(), texts: prepared.texts, keys: prepared.keys,
            generation: prepared.generation, callerClass: callerClass, caller: caller,
            deadline: deadline, submitted: now
        ) { result in mailbox.post { completion(result) } }
        for (text, row) in prepared.known {
            request.take(text)
            request.give(text, row)
        }
        let answers = monitor.withLock { state in
            state.core.submit(request, now: now)
            return state.core.takeAnswers()
        }
        monitor.wakeOne()
        deliver(answers)
        return Ticket(id: request.id, scheduler: self)
    }

    /// Runs a slice of other work, of at most some hundred microseconds, on a worker.
    ///
    /// - Parameter completion: runs on `mailbox`'s loop with what `work` returned, or with a fault
    ///   as for `submit`.
    @discardableResult
    public func perform<Value: Sendable>(
        deadline: MonotonicTime, class callerClass: CallerClass, mailbox: LoopMailbox,
        work: @escaping @Sendable () -> Value,
        completion: @escaping @Sendable (Result<Value, Fault>) -> Void
    ) -> Ticket {
        let slice = QueuedSlice(
            id: nextId(), callerClass: callerClass, deadline: deadline,
            run: {
                let value = work()
                mailbox.post { completion(.success(value)) }
            },
            refuse: { fault in mailbox.post { completion(.failure(fault)) } })
        let answers = monitor.withLock { state in
            state.core.submit(slice, now: time.now())
            return state.core.takeAnswers()
        }
        monitor.wakeOne()
        deliver(answers)
        return Ticket(id: slice.id, scheduler: self)
    }

    public func counters() -> SchedulerCounters {
        var counters = monitor.withLock { $0.core.snapshot() }
        counters.vectorCacheBytes = serving.load().cache.byteCount
        return counters
    }

    /// Tokens of the batches that were encoded.
    public var batchTokens: HistogramReading { monitor.withLock { $0.core.batchTokens }.reading }

    /// Refuses all that comes from now on, with UNAVAILABLE; what waits is still done.
    public func drain() { monitor.withLock { $0.core.drain(cancelWaiting: false) } }

    /// Answers what waits with UNAVAILABLE, lets running batches finish and joins the threads.
    /// Not from a worker, and once.
    public func shutdown() {
        let (answers, threads) = monitor.withLock { state in
            state.core.drain(cancelWaiting: true)
            state.isStopping = true
            defer { state.threads = [] }
            return (state.core.takeAnswers(), state.threads)
        }
        monitor.wakeAll()
        deliver(answers)
        for thread in threads { precondition(pthread_join(thread, nil) == 0) }
    }

    private func cancel(_ id: UInt64) {
        let answers = monitor.withLock { state in
            state.core.cancel(id)
            return state.core.takeAnswers()
        }
        deliver(answers)
    }

    private func nextId() -> UInt64 {
        // Relaxed: an id only has to be its own.
        lastId.add(1, ordering: .relaxed).newValue
    }

    func deliver(_ answers: [SchedulerCore.Answer]) {
        for answer in answers {
            switch answer {
            case .encoded(let request, let finished):
                request.answer(.success(request.encoded(finished: finished)))
            case .fault(let request, let fault): request.answer(.failure(fault))
            case .sliceFault(let slice, let fault): slice.refuse(fault)
            }
        }
    }
}
