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
        var entries: [(request: QueuedRequest, text: Int)] = []
        var tokenCount = 0
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
    private var queues: [ClassQueue]
    private var slices: [SliceQueue]
    private var turns: ClassTurns
    private var requests: [UInt64: QueuedRequest] = [:]
    private var waitingSlices: [UInt64: QueuedSlice] = [:]
    private var byDeadline = BinaryHeap<DeadlinePosition>()
    private var answers: [Answer] = []
    private var isDraining = false
    private(set) var throughput = ThroughputEstimate()
    private(set) var counters = SchedulerCounters()

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
        if let slice = popSlice(now: now) { return .slice(slice) }
        let batch = popBatch(now: now, idleWorkers: idleWorkers)
        return batch.entries.isEmpty ? nil : .batch(batch)
    }

    /// The vectors of a batch, or why there are none.
    mutating func complete(
        _ batch: Batch, _ result: Result<VectorBlock, Fault>, started: MonotonicTime,
        now: MonotonicTime
    ) {
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
                drop(entry.request, fault, saved: \.savedTokensCancelled)
            }
        }
    }

    mutating func completeSlice() { counters.answered += 1 }
}

// MARK: - Refusing and dropping

extension SchedulerCore {
    private static let draining = Fault(
        .unavailable, reason: "DRAINING", "the server is shutting down", retryAfterMs: 1_000)
    private static let sliceRetryMs = 10
    /// What a caller is told to wait before the first batch has been measured.
    private static let unmeasuredRetryMs = 100

    private mutating func refusal(of request: QueuedRequest, now: MonotonicTime) -> Fault? {
        let texts = request.texts
        if isDraining {
            counters.refusedDraining += 1
            return Self.draining
        }
        if let fault = oversize(texts) {
            counters.refusedFull += 1
            return fault
        }
        if request.deadline <= now {
            counters.refusedLate += 1
            return .deadlineExceeded
        }
        let excess = queuedTokens + texts.tokenCount - configuration.maxQueuedTokens
        guard excess > 0 else { return nil }
        counters.refusedFull += 1
        return .exhausted(
            "\(queuedTokens) tokens wait already", retryAfterMs: retryMs(tokens: excess))
    }

    /// What could never run, however empty the queue.
    private func oversize(_ texts: TokenizedTexts) -> Fault? {
        if texts.tokenCount > configuration.maxQueuedTokens {
            return .invalid(
                "texts",
                "hold \(texts.tokenCount) tokens, more than \(configuration.maxQueuedTokens)")
        }
        for i in 0..<texts.count where texts.tokenCount(at: i) > configuration.maxTokensPerText {
            return .invalid(
                "texts[\(i)]",
                "holds \(texts.tokenCount(at: i)) tokens, "
                    + "more than \(configuration.maxTokensPerText)")
        }
        return nil
    }

    private func retryMs(tokens: Int) -> Int {
        let workers = configuration.workerCount
        guard let wait = throughput.nanoseconds(tokens: tokens, workerCount: workers) else {
            return Self.unmeasuredRetryMs
        }
        return max(1, Int((wait + 999_999) / 1_000_000))
    }

    /// Answers what waits and whose deadline has passed.
    private mutating func expire(now: MonotonicTime) {
        while let first = byDeadline.first, first.moment <= now || !first.request.isWaiting {
            _ = byDeadline.removeFirst()
            // What is wholly in batches is nearly done: it may as well be answered.
            guard first.request.isWaiting else { continue }
            counters.expired += 1
            drop(first.request, .deadlineExceeded, saved: \.savedTokensExpired)
        }
    }

    private mutating func drop(
        _ request: QueuedRequest, _ fault: Fault,
        saved: WritableKeyPath<SchedulerCounters, UInt64>
    ) {
        counters[keyPath: saved] += UInt64(request.waitingTokens)
        if request.isWaiting { queues[request.callerClass.rawValue].remove(request) }
        forget(request)
        answers.append(.fault(request, fault))
    }

    private mutating func drop(_ slice: QueuedSlice, _ fault: Fault) {
        slice.isAnswered = true
        slices[slice.callerClass.rawValue].leave()
        answers.append(.sliceFault(slice, fault))
    }

    private mutating func finish(_ request: QueuedRequest, now: MonotonicTime) {
        counters.answered += 1
        if request.deadline < now { counters.answeredLate += 1 }
        forget(request)
        answers.append(.encoded(request, finished: now))
    }

    private mutating func forget(_ request: QueuedRequest) {
        request.isAnswered = true
        requests[request.id] = nil
        if byDeadline.count > 2 * requests.count + 64 {
            byDeadline.removeAll { !$0.request.isWaiting }
        }
    }
}

// MARK: - Choosing

extension SchedulerCore {
    private mutating func popSlice(now: MonotonicTime) -> QueuedSlice? {
        guard
            let chosen = turns.sliceClass(
                slices: slices.map(\.count), texts: queues.map(\.tokens))
        else { return nil }
        while let slice = slices[chosen].removeFirst() {
            waitingSlices[slice.id] = nil
            slice.isAnswered = true
            if slice.deadline > now {
                counters.slices += 1
                return slice
            }
            counters.expired += 1
            answers.append(.sliceFault(slice, .deadlineExceeded))
        }
        return nil
    }

    private mutating func popBatch(now: MonotonicTime, idleWorkers: Int) -> Batch {
        var batch = Batch()
        let share = (queuedTokens + idleWorkers - 1) / max(1, idleWorkers)
        let budget = min(
            configuration.maxBatchTokens, max(share, configuration.maxTokensPerText))
        for (index, guaranteed) in turns.guaranteedTokens.enumerated() where guaranteed > 0 {
            let owed = min(budget, batch.tokenCount + guaranteed)
            fill(&batch, from: index, budget: owed, now: now)
        }
        for index in queues.indices { fill(&batch, from: index, budget: budget, now: now) }
        turns.batchFormed(
            tokens: batch.tokenCount, stillWaiting: queues.map { !$0.isEmpty })
        if !batch.entries.isEmpty { counters.batches += 1 }
        return batch
    }

    /// Adds texts of one class until the next does not fit.
    private mutating func fill(
        _ batch: inout Batch, from index: Int, budget: Int, now: MonotonicTime
    ) {
        while let request = queues[index].next() {
            let text = request.nextText
            let count = request.texts.tokenCount(at: text)
            guard batch.tokenCount + count <= budget else { return }
            queues[index].take(request)
            if request.started == nil { request.started = now }
            batch.entries.append((request, text))
            batch.tokenCount += count
            turns.took(count, from: index)
        }
    }
}
