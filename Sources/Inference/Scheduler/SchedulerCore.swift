// The scheduler as a state machine: requests in, batches and answers out. No thread, no lock, no
// clock: who drives it says what time it is, so a simulation drives it in virtual time and
// Scheduler with threads.
//
// Every request gets exactly one answer, through `takeAnswers`, whatever comes of it.

internal import Base

/// See above. Confined to one thread at a time by its driver.
struct SchedulerCore {
    struct Configuration {
        var maxBatchTokens: Int
        var maxQueuedTokens: Int
        var maxTokensPerText: Int
        var maxQueuedSlices: Int
        var workerCount: Int
    }

    /// Texts that a worker encodes together.
    struct Batch {
        var id: UInt64 = 0
        var entries: [(request: QueuedRequest, text: Int)] = []
        var tokenCount = 0
        /// The earliest deadline of the requests that it completes.
        var deadline = MonotonicTime.distantFuture

        /// For a request that is given up while the batch is formed.
        mutating func remove(_ request: QueuedRequest) {
            entries.removeAll { $0.request === request }
            tokenCount = entries.reduce(0) { $0 + $1.request.texts.tokenCount(at: $1.text) }
        }

        /// In order; built by who runs the batch, outside the lock.
        var ragged: RaggedBatch {
            var ragged = RaggedBatch()
            ragged.tokenIds.reserveCapacity(tokenCount)
            for entry in entries {
                ragged.tokenIds += entry.request.texts.tokenIds(at: entry.text)
                ragged.offsets.append(Int32(ragged.tokenIds.count))
            }
            return ragged
        }
    }

    enum Work {
        case batch(Batch)
        case slice(QueuedSlice)
    }

    /// An answer to deliver, outside the lock.
    enum Answer {
        case encoded(QueuedRequest, finished: MonotonicTime)
        case fault(QueuedRequest, Fault)
        case sliceFault(QueuedSlice, Fault)
    }

    let configuration: Configuration
    var queues: [ClassQueue]
    var slices: [SliceQueue]
    var turns: ClassTurns
    var requests: [UInt64: QueuedRequest] = [:]
    var waitingSlices: [UInt64: QueuedSlice] = [:]
    var byDeadline = BinaryHeap<DeadlinePosition>()
    var answers: [Answer] = []
    /// Batches that are being encoded, by number.
    var running: [UInt64: (tokens: Int, started: MonotonicTime)] = [:]
    var lastBatch: UInt64 = 0
    var isDraining = false
    var throughput = ThroughputEstimate()
    var counters = SchedulerCounters()

    init(_ configuration: Configuration) {
        self.configuration = configuration
        queues = CallerClass.allCases.map { _ in
            ClassQueue(quantumTokens: configuration.maxTokensPerText)
        }
        slices = CallerClass.allCases.map { _ in SliceQueue() }
        turns = ClassTurns(maxBatchTokens: configuration.maxBatchTokens)
    }

    var queuedTokens: Int { queues.reduce(0) { $0 + $1.tokens } }
    var hasWork: Bool { !waitingSlices.isEmpty || queues.contains { !$0.isEmpty } }

    /// Answers since the last call, in order.
    mutating func takeAnswers() -> [Answer] {
        defer { answers.removeAll() }
        return answers
    }

    func snapshot() -> SchedulerCounters {
        var counters = counters
        counters.queuedTokens = queuedTokens
        counters.queuedRequests = queues.reduce(0) { $0 + $1.requestCount }
        counters.queuedSlices = waitingSlices.count
        counters.tokensPerSecond = throughput.tokensPerSecond
        return counters
    }

    // MARK: In

    mutating func submit(_ request: QueuedRequest, now: MonotonicTime) {
        counters.offered += 1
        if let fault = refusal(of: request, now: now) {
            counters.savedTokensRefused += UInt64(request.texts.tokenCount)
            request.isAnswered = true
            answers.append(.fault(request, fault))
        } else if request.texts.count == 0 {
            finish(request, now: now)
        } else {
            requests[request.id] = request
            queues[request.callerClass.rawValue].insert(request)
            if request.deadline != .distantFuture {
                byDeadline.insert(DeadlinePosition(moment: request.deadline, request: request))
            }
        }
    }

    mutating func submit(_ slice: QueuedSlice, now: MonotonicTime) {
        counters.offered += 1
        if isDraining {
            counters.refusedDraining += 1
            answers.append(.sliceFault(slice, Self.draining))
        } else if slice.deadline <= now {
            counters.expired += 1
            answers.append(.sliceFault(slice, .deadlineExceeded))
        } else if waitingSlices.count >= configuration.maxQueuedSlices {
            counters.refusedFull += 1
            answers.append(
                .sliceFault(
                    slice,
                    .exhausted(
                        "\(waitingSlices.count) slices of work wait already",
                        retryAfterMs: Self.sliceRetryMs)))
        } else {
            waitingSlices[slice.id] = slice
            slices[slice.callerClass.rawValue].insert(slice)
        }
    }

    /// Nothing happens when the id is answered already.
    mutating func cancel(_ id: UInt64) {
        if let request = requests[id] {
            counters.cancelled += 1
            drop(request, .cancelled, saved: \.savedTokensCancelled)
        } else if let slice = waitingSlices.removeValue(forKey: id) {
            counters.cancelled += 1
            drop(slice, .cancelled)
        }
    }

    /// From now on everything is refused; `cancelWaiting` answers what is not running yet too.
    mutating func drain(cancelWaiting: Bool) {
        isDraining = true
        guard cancelWaiting else { return }
        for request in requests.values.filter(\.isWaiting).sorted(by: { $0.id < $1.id }) {
            counters.cancelled += 1
            drop(request, Self.draining, saved: \.savedTokensCancelled)
        }
        for slice in waitingSlices.values.sorted(by: { $0.id < $1.id }) {
            waitingSlices[slice.id] = nil
            counters.cancelled += 1
            drop(slice, Self.draining)
        }
    }

    // MARK: Out

    /// What a free worker does next. `idleWorkers` counts it too: what waits is shared among them.
    mutating func pop(now: MonotonicTime, idleWorkers: Int) -> Work? {
        expire(now: now)
        while hasWork {
            let answered = answers.count
            if let slice = popSlice(now: now) { return .slice(slice) }
            let batch = popBatch(now: now, idleWorkers: idleWorkers)
            if !batch.entries.isEmpty { return .batch(batch) }
            // All that was looked at was too late: what is behind it may not be.
            precondition(answers.count > answered, "work waits that no batch takes")
        }
        return nil
    }

    /// The vectors of a batch, or why there are none.
    mutating func complete(
        _ batch: Batch, _ result: Result<VectorBlock, Fault>, started: MonotonicTime,
        now: MonotonicTime
    ) {
        running[batch.id] = nil
        switch result {
        case .success(let block):
            throughput.add(
                tokens: batch.tokenCount, nanoseconds: now.nanoseconds(since: started))
            counters.encodedTexts += UInt64(batch.entries.count)
            counters.encodedTokens += UInt64(batch.tokenCount)
            for (row, entry) in batch.entries.enumerated() where !entry.request.isAnswered {
                entry.request.rows[entry.text] = (block, row)
                entry.request.missingVectors -= 1
                if entry.request.missingVectors == 0 { finish(entry.request, now: now) }
            }
        case .failure(let fault):
            for entry in batch.entries where !entry.request.isAnswered {
                counters.failed += 1
                drop(entry.request, fault)
            }
        }
    }

    mutating func completeSlice() { counters.answered += 1 }
}
