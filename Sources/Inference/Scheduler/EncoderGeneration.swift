public import Base

/// One worker's way to run batches: has a workspace and stays on its thread.
typealias BatchRunner = (RaggedBatch, UnsafeMutableBufferPointer<Float>) throws -> Void

/// An encoder as the scheduler serves it: verified, warm and measured. A request keeps the one it
/// was tokenised for, so that what is in flight when another takes over finishes on the old one.
public final class EncoderGeneration: Sendable {
    /// Names what is encoded with: equal versions give equal bits.
    public let version: String
    /// Floats of a text's vector.
    public let dimension: Int
    public let maxTokensPerText: Int
    /// What was measured when it was opened.
    public let costs: CostCurve
    /// Grows with each that the process opens.
    let id: UInt64
    let hasher: TextHasher
    let makeRunner: @Sendable () -> BatchRunner

    init(
        id: UInt64, version: String, dimension: Int, maxTokensPerText: Int, costs: CostCurve,
        hasher: TextHasher, makeRunner: @escaping @Sendable () -> BatchRunner
    ) {
        self.id = id
        self.version = version
        self.dimension = dimension
        self.maxTokensPerText = maxTokensPerText
        self.costs = costs
        self.hasher = hasher.keyed(by: version)
        self.makeRunner = makeRunner
    }

    /// Runs the encoder on the caller's thread, which touches all of its weights, sees that it does
    /// what a backend must, and measures it.
    ///
    /// - Throws: FAILED_PRECONDITION with what is wrong.
    convenience init<Backend: BatchBackend>(
        _ backend: Backend, id: UInt64, limits: Limits, hasher: TextHasher
    ) throws(Fault) {
        let maxTokensPerText = min(limits.maxTokensPerText, backend.maxTokensPerText)
        let roomTokens = max(limits.maxBatchTokens, maxTokensPerText)
        let makeRunner: @Sendable () -> BatchRunner = {
            let workspace = backend.makeWorkspace(maxBatchTokens: roomTokens)
            return { try backend.encode($0, into: $1, workspace: workspace) }
        }
        let trial = EncoderTrial(
            dimension: backend.dimension, maxTokensPerText: maxTokensPerText, run: makeRunner())
        try trial.verify()
        // A batch may come out nearly twice as large as what it is filled up to.
        let mostTokens = max(1, limits.maxBatchTokens / 2)
        let costs = try CostCurve.measure(upTo: mostTokens) { tokens throws(Fault) in
            try trial.nanoseconds(tokens: tokens)
        }
        self.init(
            id: id, version: backend.version, dimension: backend.dimension,
            maxTokensPerText: maxTokensPerText, costs: costs, hasher: hasher,
            makeRunner: makeRunner)
    }

    /// What a worker should be given at once.
    var batchTokens: CostCurve.Point { costs.best }
}

extension CostCurve {
    /// Of a backend on this machine as it is now: some tens of milliseconds.
    ///
    /// - Throws: FAILED_PRECONDITION where the encoder does not do what a backend must.
    public static func measured(
        _ backend: some BatchBackend, limits: Limits
    ) throws(Fault) -> CostCurve {
        try EncoderGeneration(
            backend, id: 0, limits: limits, hasher: TextHasher(key: (0, 0))
        ).costs
    }
}

/// An encoder before it is trusted. Token 0 is in every vocabulary.
private struct EncoderTrial {
    /// As long as texts usually are.
    private static let usualTokens = 16

    let dimension: Int
    let maxTokensPerText: Int
    let run: BatchRunner

    /// A text must have finite numbers, and the same bits alone as among others.
    func verify() throws(Fault) {
        let lengths = [1, 2, Self.usualTokens].map { min($0, maxTokensPerText) }
        let together = try encode(lengths)
        guard together.allSatisfy(\.isFinite) else {
            throw Self.unsound("a vector has numbers that are not finite")
        }
        for (row, length) in lengths.enumerated() {
            let alone = try encode([length]).map(\.bitPattern)
            let among = together[row * dimension..<(row + 1) * dimension].map(\.bitPattern)
            guard alone == among else {
                throw Self.unsound("a text of \(length) tokens differs alone and in a batch")
            }
        }
    }

    /// Of a processor: who else uses the machine does not count.
    func nanoseconds(tokens: Int) throws(Fault) -> UInt64 {
        let time = ThreadTime()
        let length = min(Self.usualTokens, maxTokensPerText)
        var lengths = Array(repeating: length, count: tokens / length)
        if tokens % length > 0 { lengths.append(tokens % length) }
        let started = time.now()
        _ = try encode(lengths)
        return time.now().nanoseconds(since: started)
    }

    private func encode(_ lengths: [Int]) throws(Fault) -> [Float] {
        var batch = RaggedBatch()
        for length in lengths {
            batch.tokenIds += repeatElement(0, count: length)
            batch.offsets.append(Int32(batch.tokenIds.count))
        }
        var output = [Float](repeating: .nan, count: lengths.count * dimension)
        do {
            try output.withUnsafeMutableBufferPointer { try run(batch, $0) }
        } catch { throw Self.unsound("it failed: \(error)") }
        return output
    }

    private static func unsound(_ what: String) -> Fault {
        Fault(.failedPrecondition, reason: "ENCODER_UNSOUND", "the encoder was tried, and \(what)")
    }
}
