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

    /// The thread's body.
    func work() {
        var runner: Runner?
        while true {
            switch nextTurn(runnerId: runner?.id) {
            case .stop: return
            case .letGo: runner = nil
            case .work(let work, let answers):
                deliver(answers)
                run(work, &runner)
            }
        }
    }

    private func run(_ work: SchedulerCore.Work?, _ runner: inout Runner?) {
        switch work {
        case .batch(let batch):
            guard let generation = batch.generation else { return }
            if runner?.id != generation.id {
                runner = Runner(id: generation.id, run: generation.makeRunner())
            }
            if let runner { encode(batch, on: generation, runner.run) }
        case .slice(let slice):
            slice.run()
            monitor.withLock { $0.core.completeSlice() }
        case nil: break
        }
    }

    /// Sleeps until there is something to do, to answer or to let go.
    private func nextTurn(runnerId: UInt64?) -> Turn {
        monitor.withLock { $0.idleWorkers += 1 }
        return monitor.waitFor { state in
            let work = state.core.pop(now: time.now(), idleWorkers: state.idleWorkers)
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
    ) {
        let started = time.now()
        let expired = batch.entries.count { $0.request.deadline <= started }
        let result = Result { try vectors(of: batch.ragged, generation.dimension, run) }
            .mapError { error in
                error as? Fault ?? Fault(.internal, reason: "ENCODER_FAILED", "\(error)")
            }
        // Before the batch counts as done, so that the same text is found in one place or the other.
        if case .success(let block) = result { keep(block, of: batch, generation) }
        let answers = monitor.withLock { state in
            state.core.complete(batch, result, started: started, now: time.now())
            state.core.counters.encodedExpiredTexts += UInt64(expired)
            return state.core.takeAnswers()
        }
        deliver(answers)
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
