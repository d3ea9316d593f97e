// What a worker's thread does: take what is there, encode it, hand it on, or sleep.

internal import Base

extension Scheduler {
    private enum Turn {
        case work(SchedulerCore.Work?, [SchedulerCore.Answer])
        /// Another encoder has taken over since the worker's last batch.
        case letGo
        case stop
    }

    /// A worker's way to run batches on one encoder, which it keeps in memory.
    private struct Runner {
        let id: UInt64
        let run: BatchRunner
    }

    /// A batch whose requests are not answered yet.
    private struct Encoded {
        let batch: SchedulerCore.Batch
        let result: Result<VectorBlock, Fault>
        let started: MonotonicTime
        /// Texts whose deadline had passed by then.
        let expiredCount: Int
    }

    /// The thread's body.
    func work() {
        var runner: Runner?
        var encoded: Encoded?
        while true {
            switch nextTurn(runnerId: runner?.id, after: &encoded) {
            case .stop: return
            case .letGo: runner = nil
            case .work(let work, let answers):
                deliver(answers)
                encoded = run(work, &runner)
            }
        }
    }

    private func run(_ work: SchedulerCore.Work?, _ runner: inout Runner?) -> Encoded? {
        switch work {
        case .batch(let batch):
            guard let generation = batch.generation else { return nil }
            if runner?.id != generation.id {
                runner = Runner(id: generation.id, run: generation.makeRunner())
            }
            return runner.map { encode(batch, on: generation, $0.run) }
        case .slice(let slice):
            slice.run()
            monitor.withLock { $0.core.completeSlice() }
            return nil
        case nil: return nil
        }
    }

    /// Ends the batch before, then sleeps until there is something to do, to answer or to let go.
    /// Both under one lock: what is next is decided at the moment that the one before ends.
    private func nextTurn(runnerId: UInt64?, after encoded: inout Encoded?) -> Turn {
        var ended = encoded
        encoded = nil
        var isIdle = false
        return monitor.waitFor { state in
            let now = time.now()
            if let batch = ended {
                state.core.complete(batch.batch, batch.result, started: batch.started, now: now)
                state.core.counters.encodedExpiredTexts += UInt64(batch.expiredCount)
                ended = nil
            }
            if !isIdle { state.idleWorkers += 1 }
            isIdle = true
            let work = state.core.pop(now: now, idleWorkers: state.idleWorkers)
            let answers = state.core.takeAnswers()
            let hasWork = work != nil || !answers.isEmpty
            let isStale = runnerId != nil && runnerId != state.servingId
            if !hasWork && !isStale && !state.isStopping { return nil }
            state.idleWorkers -= 1
            // What is left is for the next who sleeps: one submission wakes one.
            if state.idleWorkers > 0 && state.core.hasWork { monitor.wakeOne() }
            if hasWork { return .work(work, answers) }
            return state.isStopping ? .stop : .letGo
        }
    }

    private func encode(
        _ batch: SchedulerCore.Batch, on generation: EncoderGeneration, _ run: BatchRunner
    ) -> Encoded {
        let started = time.now()
        let expired = batch.entries.count { $0.request.deadline <= started }
        let result = Result { try vectors(of: batch.ragged, generation.dimension, run) }
            .mapError { error in
                error as? Fault ?? Fault(.internal, reason: "ENCODER_FAILED", "\(error)")
            }
        // Before the batch counts as done, so that the same text is found in one place or the other.
        if case .success(let block) = result { keep(block, of: batch, generation) }
        return Encoded(batch: batch, result: result, started: started, expiredCount: expired)
    }

    private func vectors(
        of ragged: RaggedBatch, _ dimension: Int, _ run: BatchRunner
    ) throws -> VectorBlock {
        let count = (ragged.offsets.count - 1) * dimension
        let vectors = try [Float](unsafeUninitializedCapacity: count) { output, initialized in
            try run(ragged, UnsafeMutableBufferPointer(rebasing: output[..<count]))
            initialized = count
        }
        return VectorBlock(vectors)
    }

    private func keep(
        _ block: VectorBlock, of batch: SchedulerCore.Batch, _ generation: EncoderGeneration
    ) {
        let serving = serving.load()
        guard serving.generation.version == generation.version else { return }
        let dimension = generation.dimension
        for (row, entry) in batch.entries.enumerated() {
            serving.cache.insert(
                entry.key, block.vectors[row * dimension..<(row + 1) * dimension])
        }
    }
}
