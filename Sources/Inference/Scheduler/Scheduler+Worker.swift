// What a worker's thread does: take what is there, encode it, hand it on, or sleep.

internal import Base

extension Scheduler {
    private enum Turn {
        case work(SchedulerCore.Work?, [SchedulerCore.Answer])
        case stop
    }

    /// The thread's body.
    func work() {
        // For the encoder of the last batch: the one before it is not needed any more.
        var runner: (id: UInt64, run: BatchRunner)?
        while case .work(let work, let answers) = nextTurn() {
            deliver(answers)
            switch work {
            case .batch(let batch):
                guard let generation = batch.generation else { continue }
                let run: BatchRunner
                if let runner, runner.id == generation.id {
                    run = runner.run
                } else {
                    run = generation.makeRunner()
                    runner = (generation.id, run)
                }
                encode(batch, on: generation, run)
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

    private func encode(
        _ batch: SchedulerCore.Batch, on generation: EncoderGeneration, _ run: BatchRunner
    ) {
        let started = time.now()
        let result = Result { try vectors(of: batch.ragged, generation.dimension, run) }
            .mapError { error in
                error as? Fault ?? Fault(.internal, reason: "ENCODER_FAILED", "\(error)")
            }
        // Before the batch counts as done, so that the same text is found in one place or the other.
        if case .success(let block) = result { keep(block, of: batch, generation) }
        let answers = monitor.withLock { state in
            state.core.complete(batch, result, started: started, now: time.now())
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

extension VectorCache {
    /// Gives a request the vectors that are known. Before it is submitted.
    func giveKnown(to request: QueuedRequest) {
        if isOff { return }
        var vectors: [Float] = []
        let known = request.keys.indices.filter { append(request.keys[$0], to: &vectors) }
        if known.isEmpty { return }
        let block = VectorBlock(vectors)
        for (row, text) in known.enumerated() {
            request.take(text)
            request.give(text, (block, row))
        }
    }
}
