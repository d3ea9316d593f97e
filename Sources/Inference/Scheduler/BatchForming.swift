// What a free worker is given: a slice, or a batch of what waits, at once and without a timer.
//
// A batch is as near to its token budget as the next text allows - filled up to it only, batches
// would be half a text too small - unless one of the requests that it completes would then miss its
// deadline: then it stops short of that, and what is left is the next batch. All texts of a batch are
// of one generation.

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
        // Split where that has it done sooner; under load, when no other is idle, it is not split.
        let share = max(leastShareTokens, (queuedTokens + idleWorkers - 1) / max(1, idleWorkers))
        let filling = Filling(
            budget: max(1, min(maxBatchTokens, share)), now: now, idleWorkers: idleWorkers)
        if !takeOverdueLarge(&batch, filling) { fill(&batch, filling) }
        turns.batchFormed(tokens: batch.tokenCount, stillWaiting: queues.map { !$0.isEmpty })
        if !batch.entries.isEmpty {
            counters.batches += 1
            lastBatch += 1
            batch.id = lastBatch
            running[batch.id] = (batch.tokenCount, now)
        }
        return batch
    }

    private struct Filling {
        var budget: Int
        let now: MonotonicTime
        let idleWorkers: Int
        /// Whether the batch stays small enough for the deadlines of what it completes.
        var respectsDeadline = true
        /// Whether the last text may exceed the budget, if the batch is nearer to it with the text
        /// than without, or the text is the only one.
        var mayExceed = false

        func hasRoom(for count: Int, in batch: Batch) -> Bool {
            if batch.tokenCount + count <= budget { return true }
            if !mayExceed { return false }
            return batch.entries.isEmpty || count <= 2 * (budget - batch.tokenCount)
        }
    }

    /// A class that is owed a whole batch and whose next text is larger than one would never find
    /// room beside the others.
    private mutating func takeOverdueLarge(_ batch: inout Batch, _ filling: Filling) -> Bool {
        for index in queues.indices.reversed() where turns.isOverdue(index) {
            guard let request = queues[index].next() else { continue }
            let count = request.texts.tokenCount(at: request.nextText)
            guard count > maxBatchTokens else { continue }
            turns.tookAhead(count, from: index)
            take(request, into: &batch, from: index, now: filling.now)
            return true
        }
        return false
    }

    /// The urgent first, within what others are not owed; then these; then who is next.
    private mutating func fill(_ batch: inout Batch, _ filling: Filling) {
        let budget = filling.budget
        let owed = turns.guaranteedTokens.indices.map { index in
            min(turns.guaranteedTokens[index], queues[index].tokens, budget)
        }
        var filling = filling
        filling.budget = max(0, budget - owed.reduce(0, +))
        fill(&batch, from: 0, filling)
        for index in queues.indices where owed[index] > 0 {
            filling.budget = min(budget, batch.tokenCount + owed[index])
            filling.respectsDeadline = !turns.isOverdue(index)
            fill(&batch, from: index, filling)
        }
        filling.budget = budget
        filling.respectsDeadline = true
        filling.mayExceed = true
        for index in queues.indices {
            fill(&batch, from: index, filling)
            // What the less urgent would add, the more urgent had to wait for.
            if !queues[index].isEmpty && !batch.entries.isEmpty { return }
        }
    }

    /// Adds texts of one class until the next does not fit, in tokens or in time.
    private mutating func fill(_ batch: inout Batch, from index: Int, _ filling: Filling) {
        while let request = queues[index].next() {
            let count = request.texts.tokenCount(at: request.nextText)
            let isFirst = batch.entries.isEmpty
            guard filling.hasRoom(for: count, in: batch),
                isFirst || batch.generation === request.generation
            else { return }
            if isHopeless(request, in: batch, now: filling.now) {
                // Another worker is free to take it by itself.
                if filling.idleWorkers > 1 && !isFirst { return }
                giveUp(request, in: &batch)
                continue
            }
            if filling.respectsDeadline && !isFirst {
                let finish = finish(of: batch, with: count, now: filling.now)
                guard finish <= batch.deadline else { return }
            }
            turns.took(count, from: index)
            take(request, into: &batch, from: index, now: filling.now)
        }
    }

    /// The next text of a request, and all that are the same.
    private mutating func take(
        _ request: QueuedRequest, into batch: inout Batch, from index: Int, now: MonotonicTime
    ) {
        let place = TextPlace(request: request, text: request.nextText)
        queues[index].takeNext(of: request)
        if request.started == nil { request.started = now }
        batch.generation = request.generation
        batch.entries.append(place)
        batch.tokenCount += place.tokenCount
        for same in texts.start(place.key) {
            queues[same.request.callerClass.rawValue].takeFree(same)
            if same.request.started == nil { same.request.started = now }
            counters.coalesced(same.tokenCount)
        }
        if !request.isWaiting { batch.deadline = min(batch.deadline, request.deadline) }
    }

    /// A request that cannot be in time is not encoded, but for what others wait for as well.
    private mutating func giveUp(_ request: QueuedRequest, in batch: inout Batch) {
        expire(request)
        batch.entries.removeAll { entry in
            guard entry.request === request, !texts.isWanted(entry.key) else { return false }
            _ = texts.finish(entry.key)
            return true
        }
        batch.tokenCount = batch.entries.reduce(0) { $0 + $1.tokenCount }
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
        guard tokens > maxBatchTokens else {
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
