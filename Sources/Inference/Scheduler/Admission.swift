// Who is let in, and who is dropped before it costs anything.

internal import Base

// MARK: At the door

extension SchedulerCore {
    static let draining = Fault(
        .unavailable, reason: "DRAINING", "the server is shutting down", retryAfterMs: 1_000)
    static let sliceRetryMs = 10
    /// What a caller is told to wait before the first batch has been measured.
    private static let unmeasuredRetryMs = 100

    /// Why a request is not let in, counted; nil when it is. One rule for one text and a thousand.
    ///
    /// - Parameter newTokens: of it, that no batch holds yet.
    mutating func refusal(
        of request: QueuedRequest, newTokens: Int, now: MonotonicTime
    ) -> Fault? {
        if isDraining {
            counters.refusedDraining += 1
            return Self.draining
        }
        if let fault = impossible(request) {
            counters.refusedInvalid += 1
            return fault
        }
        if request.deadline <= now {
            counters.refusedLate += 1
            return .deadlineExceeded
        }
        let excess = queuedTokens + newTokens - configuration.maxQueuedTokens
        if excess > 0 {
            counters.refusedFull += 1
            return .exhausted(
                "\(queuedTokens) tokens wait already", retryAfterMs: retryMs(tokens: excess))
        }
        guard let late = lateness(of: request, newTokens: newTokens, now: now) else { return nil }
        counters.refusedLate += 1
        return Fault(
            .resourceExhausted, reason: "DEADLINE_UNREACHABLE",
            "what waits already takes until after the deadline", retryAfterMs: late)
    }

    /// What could never run, however empty the queue.
    private func impossible(_ request: QueuedRequest) -> Fault? {
        let texts = request.texts
        let maxTokensPerText = min(
            configuration.maxTokensPerText, request.generation.maxTokensPerText)
        if texts.tokenCount > configuration.maxQueuedTokens {
            return .invalid(
                "texts",
                "hold \(texts.tokenCount) tokens, more than \(configuration.maxQueuedTokens)")
        }
        for i in 0..<texts.count {
            let count = texts.tokenCount(at: i)
            if count > maxTokensPerText {
                return .invalid(
                    "texts[\(i)]",
                    "holds \(count) tokens, more than \(maxTokensPerText)")
            }
            if count == 0 { return .invalid("texts[\(i)]", "holds no token") }
        }
        return nil
    }

    /// By how many milliseconds a request would miss its deadline behind what is there, if it
    /// would. Never when nothing is: a wrong estimate must not keep an idle encoder idle.
    private func lateness(
        of request: QueuedRequest, newTokens: Int, now: MonotonicTime
    ) -> Int? {
        guard request.deadline != .distantFuture, newTokens > 0,
            let wait = backlogNanoseconds(request, newTokens: newTokens, now: now)
        else { return nil }
        let pessimistic = Double(wait) * (1 + throughput.deviation)
        let finish = now.advanced(byNanoseconds: UInt64(min(pessimistic, 1e18)))
        guard finish > request.deadline else { return nil }
        return Self.milliseconds(finish.nanoseconds(since: request.deadline))
    }

    /// Until a request that comes now is done; nil when nothing is known or nothing is ahead.
    private func backlogNanoseconds(
        _ request: QueuedRequest, newTokens: Int, now: MonotonicTime
    ) -> UInt64? {
        let own = request.callerClass.rawValue
        var ahead = queues[own].tokens(upTo: request.moment, now: now)
        var workers = Double(configuration.workerCount)
        for index in queues.indices where index != own && !queues[index].isEmpty {
            if index < own {
                ahead += queues[index].tokens
            } else {
                workers -= ClassTurns.guaranteedShare[index] * Double(configuration.workerCount)
            }
        }
        guard ahead > 0 || !running.isEmpty else { return nil }
        var underway: UInt64 = 0
        for batch in running.values {
            let all = throughput.nanoseconds(tokens: batch.tokens) ?? 0
            let done = now.nanoseconds(since: batch.started)
            underway += all > done ? all - done : 0
        }
        return throughput.nanoseconds(tokens: ahead + newTokens, workers: workers)
            .map { $0 + underway / UInt64(configuration.workerCount) }
    }

    private func retryMs(tokens: Int) -> Int {
        let workers = Double(configuration.workerCount)
        return throughput.nanoseconds(tokens: tokens, workers: workers)
            .map { Self.milliseconds($0) } ?? Self.unmeasuredRetryMs
    }

    /// Rounded up, at least one.
    private static func milliseconds(_ nanoseconds: UInt64) -> Int {
        max(1, Int((nanoseconds + 999_999) / 1_000_000))
    }
}

// MARK: Inside

extension SchedulerCore {
    /// Answers what waits and whose deadline has passed.
    mutating func expire(now: MonotonicTime) {
        while let first = byDeadline.first, first.moment <= now || !first.request.isWaiting {
            _ = byDeadline.removeFirst()
            // What is wholly in batches is nearly done: it may as well be answered.
            if first.request.isWaiting { expire(first.request) }
        }
    }

    mutating func expire(_ request: QueuedRequest) {
        counters.expired += 1
        drop(request, .deadlineExceeded, saved: \.savedTokensExpired)
    }

    mutating func drop(
        _ request: QueuedRequest, _ fault: Fault,
        saved: WritableKeyPath<SchedulerCounters, UInt64>? = nil
    ) {
        if let saved { counters[keyPath: saved] += UInt64(request.waitingTokens) }
        let waited = request.isWaiting ? untaken(request) : []
        if request.isWaiting { queues[request.callerClass.rawValue].remove(request) }
        forget(request)
        for place in waited { texts.leave(place.key) }
        answers.append(.fault(request, fault))
    }

    mutating func drop(_ slice: QueuedSlice, _ fault: Fault) {
        slice.isAnswered = true
        slices[slice.callerClass.rawValue].leave()
        answers.append(.sliceFault(slice, fault))
    }

    mutating func finish(_ request: QueuedRequest, now: MonotonicTime) {
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
