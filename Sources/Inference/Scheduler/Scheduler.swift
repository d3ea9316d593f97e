// The scheduler's threads. What is decided is decided by SchedulerCore under one lock that is held
// for microseconds; encoding, copying and delivering happen outside it.
//
// Lock order: none is taken inside another. A mailbox is posted to with no lock held.

public import Base
private import Glibc
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

    private struct State {
        var core: SchedulerCore
        var idleWorkers = 0
        var isStopping = false
        var threads: [pthread_t] = []
    }

    private let monitor: Monitor<State>
    private let time: any TimeSource
    private let lastId = Atomic<UInt64>(0)
    private let dimension: Int

    /// Starts `workerCount` threads, each with a workspace of its own.
    public init(
        backend: some BatchBackend, limits: Limits, workerCount: Int,
        time: any TimeSource = SystemTime()
    ) {
        precondition(workerCount > 0, "a scheduler needs a worker")
        self.time = time
        dimension = backend.dimension
        let maxTokensPerText = min(limits.maxTokensPerText, backend.maxTokensPerText)
        let maxBatchTokens = max(limits.maxBatchTokens, maxTokensPerText)
        monitor = Monitor(
            State(
                core: SchedulerCore(
                    SchedulerCore.Configuration(
                        maxBatchTokens: maxBatchTokens,
                        maxQueuedTokens: limits.maxQueuedTokens,
                        maxTokensPerText: maxTokensPerText,
                        maxQueuedSlices: limits.maxQueuedSlices, workerCount: workerCount))))
        for _ in 0..<workerCount {
            let thread = WorkerThread.start { [self] in
                work(with: backend, maxBatchTokens: maxBatchTokens)
            }
            monitor.withLock { $0.threads.append(thread) }
        }
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
        _ texts: TokenizedTexts, deadline: MonotonicTime, class callerClass: CallerClass,
        caller: UInt32 = 0, mailbox: LoopMailbox,
        completion: @escaping @Sendable (Result<EncodedTexts, Fault>) -> Void
    ) -> Ticket {
        let now = time.now()
        let request = QueuedRequest(
            id: nextId(), texts: texts, callerClass: callerClass, caller: caller,
            deadline: deadline, submitted: now
        ) { result in mailbox.post { completion(result) } }
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

    public func counters() -> SchedulerCounters { monitor.withLock { $0.core.snapshot() } }

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

    private func deliver(_ answers: [SchedulerCore.Answer]) {
        for answer in answers {
            switch answer {
            case .encoded(let request, let finished):
                request.answer(
                    .success(request.gather(dimension: dimension, finished: finished)))
            case .fault(let request, let fault): request.answer(.failure(fault))
            case .sliceFault(let slice, let fault): slice.refuse(fault)
            }
        }
    }
}

// MARK: - A worker's thread

extension Scheduler {
    private enum Turn {
        case work(SchedulerCore.Work?, [SchedulerCore.Answer])
        case stop
    }

    private func work<Backend: BatchBackend>(with backend: Backend, maxBatchTokens: Int) {
        let workspace = backend.makeWorkspace(maxBatchTokens: maxBatchTokens)
        while case .work(let work, let answers) = nextTurn() {
            deliver(answers)
            switch work {
            case .batch(let batch): run(batch, with: backend, workspace: workspace)
            case .slice(let slice):
                slice.run()
                monitor.withLock { $0.core.completeSlice() }
            case nil: break
            }
        }
    }

    /// Sleeps until there is something to do or to answer.
    private func nextTurn() -> Turn {
        monitor.withLock { $0.idleWorkers += 1 }
        return monitor.waitFor { state in
            let work = state.core.pop(now: time.now(), idleWorkers: state.idleWorkers)
            let answers = state.core.takeAnswers()
            if work == nil && answers.isEmpty && !state.isStopping { return nil }
            state.idleWorkers -= 1
            // What is left is for the next who sleeps: one submission wakes one.
            if state.idleWorkers > 0 && state.core.hasWork { monitor.wakeOne() }
            return work == nil && answers.isEmpty ? .stop : .work(work, answers)
        }
    }

    private func run<Backend: BatchBackend>(
        _ batch: SchedulerCore.Batch, with backend: Backend, workspace: Backend.Workspace
    ) {
        let started = time.now()
        let result = Result {
            try encode(batch.ragged, with: backend, workspace: workspace)
        }.mapError { error in
            error as? Fault ?? Fault(.internal, reason: "ENCODER_FAILED", "\(error)")
        }
        let answers = monitor.withLock { state in
            state.core.complete(batch, result, started: started, now: time.now())
            return state.core.takeAnswers()
        }
        deliver(answers)
    }

    private func encode<Backend: BatchBackend>(
        _ ragged: RaggedBatch, with backend: Backend, workspace: Backend.Workspace
    ) throws -> VectorBlock {
        let count = (ragged.offsets.count - 1) * dimension
        let vectors = try [Float](unsafeUninitializedCapacity: count) { output, initialized in
            let room = UnsafeMutableBufferPointer(rebasing: output[..<count])
            try backend.encode(ragged, into: room, workspace: workspace)
            initialized = count
        }
        return VectorBlock(vectors)
    }
}
