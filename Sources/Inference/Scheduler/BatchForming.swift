// What a free worker is given: a slice, or a batch of what waits, at once and without a timer.
//
// A batch is as large as its token budget, unless one of the requests that it completes would then
// miss its deadline: then it stops short of that, and what is left is the next batch.

internal import Base

extension SchedulerCore {
    mutating func popSlice(now: MonotonicTime) -> QueuedSlice? {
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

    mutating func popBatch(now: MonotonicTime, idleWorkers: Int) -> Batch {
        var batch = Batch()
        let share = (queuedTokens + idleWorkers - 1) / max(1, idleWorkers)
        let budget = min(
            configuration.maxBatchTokens, max(share, configuration.maxTokensPerText))
        let owed = turns.guaranteedTokens.indices.map { index in
            min(turns.guaranteedTokens[index], queues[index].tokens, budget)
        }
        // The urgent first, within what others are not owed; then these; then who is next.
        let free = max(0, budget - owed.reduce(0, +))
        fill(&batch, from: 0, budget: free, now: now, idleWorkers: idleWorkers)
        for index in queues.indices where owed[index] > 0 {
            let limit = min(budget, batch.tokenCount + owed[index])
            let mustWait = !turns.isOverdue(index)
            fill(
                &batch, from: index, budget: limit, now: now, idleWorkers: idleWorkers,
                respectsDeadline: mustWait)
        }
        for index in queues.indices {
            fill(&batch, from: index, budget: budget, now: now, idleWorkers: idleWorkers)
        }
        turns.batchFormed(tokens: batch.tokenCount, stillWaiting: queues.map { !$0.isEmpty })
        if !batch.entries.isEmpty {
            counters.batches += 1
            lastBatch += 1
            batch.id = lastBatch
            running[batch.id] = (batch.tokenCount, now)
        }
        return batch
    }

    /// Adds texts of one class until the next does not fit, in tokens or in time.
    private mutating func fill(
        _ batch: inout Batch, from index: Int, budget: Int, now: MonotonicTime, idleWorkers: Int,
        respectsDeadline: Bool = true
    ) {
        while let request = queues[index].next() {
            let text = request.nextText
            let count = request.texts.tokenCount(at: text)
            guard batch.tokenCount + count <= budget else { return }
            if isHopeless(request, in: batch, now: now) {
                // Another worker is free to take it by itself.
                if idleWorkers > 1 && !batch.entries.isEmpty { return }
                batch.remove(request)
                expire(request)
                continue
            }
            if respectsDeadline && !batch.entries.isEmpty {
                let finish = finish(of: batch, with: count, now: now)
                guard finish <= batch.deadline else { return }
            }
            queues[index].take(request)
            if request.started == nil { request.started = now }
            batch.entries.append((request, text))
            batch.tokenCount += count
            if !request.isWaiting { batch.deadline = min(batch.deadline, request.deadline) }
            turns.took(count, from: index)
        }
    }

    /// Whether a request would miss its deadline in this batch, and so in any later one. What has
    /// nobody behind it is tried all the same: the estimate may be wrong.
    private func isHopeless(
        _ request: QueuedRequest, in batch: Batch, now: MonotonicTime
    ) -> Bool {
        guard request.deadline != .distantFuture,
            !batch.entries.isEmpty || queuedTokens > request.waitingTokens
        else { return false }
        let tokens = request.waitingTokens
        guard tokens > configuration.maxBatchTokens else {
            return finish(of: batch, with: tokens, now: now) > request.deadline
        }
        // Of several batches, which other workers help with.
        let workers = Double(configuration.workerCount)
        let wait = throughput.nanoseconds(tokens: tokens, workers: workers) ?? 0
        return now.advanced(byNanoseconds: wait) > request.deadline
    }

    private func finish(of batch: Batch, with tokens: Int, now: MonotonicTime) -> MonotonicTime {
        let wait = throughput.nanoseconds(tokens: batch.tokenCount + tokens) ?? 0
        return now.advanced(byNanoseconds: wait)
    }
}
