public import Base

/// Turns token ids into unit vectors with a bundle's int8 weights. Immutable and shared by all
/// threads; each brings its own workspace.
///
/// A batch is cut into blocks of whole sequences, small enough that a block's activations stay in
/// the second-level cache through all layers. Nothing a sequence meets on its way depends on its
/// block, so its vector has the same bits in every batch.
public final class Encoder: Sendable {
    /// Tokens a block aims at: enough rows that a panel of weights comes from the third-level cache
    /// while the one before it is multiplied; few enough that their activations (11 KiB a token at
    /// a width of 384) and the panels on their way fit the second.
    static let blockTokens = 48

    /// Rows that pass together through what follows attention, at most.
    static let stripeTokens = 64

    public let bundle: ModelBundle
    public let instructionSet: InstructionSet
    let kernels: KernelTable

    /// - Parameter instructionSet: nil takes the process's choice (`InstructionSet.selected`).
    /// - Throws: where that choice names what is unknown or this CPU lacks.
    public init(bundle: ModelBundle, instructionSet: InstructionSet? = nil) throws(Fault) {
        let set: InstructionSet
        if let instructionSet { set = instructionSet } else { set = try .selected() }
        guard let kernels = KernelTable(set) else {
            throw Fault(
                .failedPrecondition, reason: "UNSUPPORTED_INSTRUCTION_SET",
                "this CPU does not have \(set.rawValue)")
        }
        self.bundle = bundle
        self.kernels = kernels
        self.instructionSet = set
    }

    /// Floats of a text's vector.
    public var dimension: Int { bundle.architecture.hiddenWidth }
    /// Of one text, [CLS] and [SEP] included.
    public var maxTokens: Int { bundle.architecture.maxTokens }

    /// Memory for one thread at a time.
    ///
    /// - Parameter maxBatchTokens: no batch will have more tokens; bounds the memory from above.
    public func makeWorkspace(maxBatchTokens: Int) -> EncoderWorkspace {
        let rows = max(min(maxBatchTokens, max(Self.blockTokens, maxTokens)), 1)
        return EncoderWorkspace(
            bundle.architecture, rowCapacity: rows,
            scratchFloats: EncoderBlock.scratchFloats(
                tokens: rows, headWidth: bundle.architecture.paddedHead))
    }

    /// Encodes every sequence of `batch` into a row of `output`: `dimension` floats of unit length.
    /// Allocates nothing.
    ///
    /// - Parameter batch: ids with [CLS] and [SEP], 1 to `maxTokens` a sequence.
    /// - Throws: INVALID_ARGUMENT naming the sequence or id at fault; `output` is then untouched.
    public func encode(
        _ batch: RaggedBatch, into output: UnsafeMutableBufferPointer<Float>,
        workspace: EncoderWorkspace
    ) throws(Fault) {
        try check(batch, output.count, workspace)
        let count = batch.offsets.count - 1
        guard count > 0, let rows = output.baseAddress else { return }
        batch.tokenIds.withUnsafeBufferPointer { ids in
            batch.offsets.withUnsafeBufferPointer { offsets in
                guard let ids = ids.baseAddress, let offsets = offsets.baseAddress else { return }
                let block = EncoderBlock(self, workspace)
                var first = 0
                while first < count {
                    let last = Self.endOfBlock(
                        from: first, count, offsets, capacity: workspace.rowCapacity)
                    block.run(ids, offsets, sequences: first..<last, into: rows)
                    first = last
                }
            }
        }
    }

    /// As many whole sequences as fit a block; at least one.
    private static func endOfBlock(
        from first: Int, _ count: Int, _ offsets: UnsafePointer<Int32>, capacity: Int
    ) -> Int {
        let start = Int(offsets[first])
        let room = min(capacity, blockTokens)
        var last = first + 1
        while last < count, Int(offsets[last + 1]) - start <= room { last += 1 }
        return last
    }

    private func check(
        _ batch: RaggedBatch, _ outputCount: Int, _ workspace: EncoderWorkspace
    ) throws(Fault) {
        guard batch.offsets.first == 0, batch.offsets.last.map(Int.init) == batch.tokenIds.count
        else { throw .invalid("offsets", "must begin at 0 and end at the count of token ids") }
        guard outputCount == (batch.offsets.count - 1) * dimension else {
            throw .invalid("output", "must hold \(dimension) floats a sequence")
        }
        let longest = min(maxTokens, workspace.rowCapacity)
        for i in 1..<batch.offsets.count {
            let length = Int(batch.offsets[i]) - Int(batch.offsets[i - 1])
            guard length >= 1, length <= longest else {
                throw .invalid(
                    "sequences[\(i - 1)]", "has \(length) tokens; 1 to \(longest) can be encoded")
            }
        }
        let vocabularySize = Int32(bundle.architecture.vocabularySize)
        for (index, id) in batch.tokenIds.enumerated() where id < 0 || id >= vocabularySize {
            throw .invalid(
                "tokenIds[\(index)]", "is \(id), outside a vocabulary of \(vocabularySize)")
        }
    }
}
