// The scheduler as a state machine: requests in, batches and answers out. No thread, no lock, no
// clock: who drives it says what time it is, so a simulation drives it in virtual time and
// Scheduler with threads.
//
// Every request gets exactly one answer, through `takeAnswers`, whatever comes of it.

internal import Base

/// See above. Confined to one thread at a time by its driver.
struct SchedulerCore {
    struct Configuration {
        var maxQueuedTokens: Int
        /// Of every encoder there will be.
        var maxTokensPerText: Int
        var maxQueuedSlices: Int
        var workerCount: Int
    }

    /// Texts that a worker encodes together.
    struct Batch {
        var id: UInt64 = 0
        var entries: [TextPlace] = []
        /// What encodes it; nil only while it is empty.
        var generation: EncoderGeneration?
        var tokenCount = 0
        /// The earliest deadline of the requests that it completes.
        var deadline = MonotonicTime.distantFuture

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
    /// What a batch is filled up to.
    private(set) var maxBatchTokens: Int
    /// What waits is shared among idle workers down to so many tokens each.
    private(set) var leastShareTokens: Int
    var queues: [ClassQueue]
    var texts = TextIndex()
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
    var throughput: ThroughputEstimate
    var counters = SchedulerCounters()
    /// Tokens of batches that were encoded.
    let batchTokens = SharedHistogram(SharedHistogram.tokens)

    /// - Parameters:
    ///   - maxBatchTokens: what a batch is filled up to.
    ///   - leastShareTokens: what waits is shared among idle workers down to so many tokens each.
    ///   - measured: what is known of the encoder's speed; nil waits for the first batch.
    init(
        _ configuration: Configuration, maxBatchTokens: Int, leastShareTokens: Int = 1,
        measured: CostCurve.Point? = nil
    ) {
        self.configuration = configuration
        self.maxBatchTokens = maxBatchTokens
        self.leastShareTokens = leastShareTokens
        throughput = ThroughputEstimate(measured: measured)
        queues = CallerClass.allCases.map { _ in
            ClassQueue(quantumTokens: configuration.maxTokensPerText)
        }
        slices = CallerClass.allCases.map { _ in SliceQueue() }
        turns = ClassTurns(maxBatchTokens: maxBatchTokens)
    }

    /// Another encoder takes over for what comes from now on.
    mutating func replace(
        maxBatchTokens: Int, leastShareTokens: Int = 1, measured: CostCurve.Point?
    ) {
        counters.reloads += 1
        self.maxBatchTokens = maxBatchTokens
        self.leastShareTokens = leastShareTokens
        turns.maxBatchTokens = maxBatchTokens
        throughput = ThroughputEstimate(measured: measured)
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
        counters.batchTokens = maxBatchTokens
        return counters
    }

    // MARK: In

    mutating func submit(_ request: QueuedRequest, now: MonotonicTime) {
        counters.offered += 1
        let running = running.isEmpty ? [] : untaken(request).filter { texts.isRunning($0.key) }
        let newTokens = request.waitingTokens - running.reduce(0) { $0 + $1.tokenCount }
        if let fault = refusal(of: request, newTokens: newTokens, now: now) {
            counters.savedTokensRefused += UInt64(newTokens)
            request.isAnswered = true
            answers.append(.fault(request, fault))
            return
        }
        countAdmitted(request)
        for place in running {
            request.take(place.text)
            texts.join(place)
            counters.coalesced(place.tokenCount)
        }
        if !running.isEmpty { request.started = now }
        if request.missingVectors == 0 { return finish(request, now: now) }
        requests[request.id] = request
        if request.isWaiting { enqueue(request) }
    }

    private mutating func enqueue(_ request: QueuedRequest) {
        for place in untaken(request) { texts.wait(place) }
        queues[request.callerClass.rawValue].insert(request)
        if request.deadline != .distantFuture {
            byDeadline.insert(DeadlinePosition(moment: request.deadline, request: request))
        }
    }

    func untaken(_ request: QueuedRequest) -> [TextPlace] {
        (request.nextText..<request.texts.count).lazy.filter { !request.isTaken[$0] }
            .map { TextPlace(request: request, text: $0) }
    }

    private mutating func countAdmitted(_ request: QueuedRequest) {
        counters.admittedTexts += UInt64(request.texts.count)
        counters.cachedTexts += UInt64(request.texts.count - request.missingVectors)
        counters.savedTokensCached += UInt64(request.texts.tokenCount - request.waitingTokens)
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
            batchTokens.record(UInt64(batch.tokenCount))
            for (row, entry) in batch.entries.enumerated() {
                for place in [entry] + texts.finish(entry.key)
                where !place.request.isAnswered {
                    place.request.give(place.text, VectorRow(block: block, index: row))
                    if place.request.missingVectors == 0 { finish(place.request, now: now) }
                }
            }
        case .failure(let fault):
            for entry in batch.entries {
                for place in [entry] + texts.finish(entry.key)
                where !place.request.isAnswered {
                    counters.failed += 1
                    drop(place.request, fault)
                }
            }
        }
    }

    mutating func completeSlice() { counters.answered += 1 }
}
