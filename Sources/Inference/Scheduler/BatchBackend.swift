/// All that the scheduler knows of an encoder.
public protocol BatchBackend: Sendable {
    /// Scratch memory of one worker; never used by two threads at once.
    associatedtype Workspace

    /// Names what is encoded with: equal versions give equal bits.
    var version: String { get }
    /// Floats of one text's vector.
    var dimension: Int { get }
    var maxTokensPerText: Int { get }

    /// Room for batches of up to `maxBatchTokens` tokens.
    func makeWorkspace(maxBatchTokens: Int) -> Workspace

    /// Encodes every sequence of `batch`; `output` holds `dimension` floats a sequence, in order,
    /// and nothing yet: all of them must be written unless it throws.
    /// Called by a worker thread; the same tokens must give the same bits in every batch. Token 0
    /// must be one: it is what an encoder is tried and measured with.
    func encode(
        _ batch: RaggedBatch, into output: UnsafeMutableBufferPointer<Float>,
        workspace: Workspace) throws
}

/// What a caller is owed, most urgent first.
public enum CallerClass: Int, Sendable, CaseIterable {
    /// A hard deadline of milliseconds.
    case bidding
    /// Somebody waits.
    case interactive
    /// Done when there is time, and never starved.
    case bulk
}

/// The vectors of one request.
public struct EncodedTexts: Sendable {
    public let dimension: Int
    /// Where each text's vector is, in the order of the texts; all are there.
    let rows: [VectorRow?]
    /// From submission to when its first text entered a batch.
    public let queueNanoseconds: UInt64
    /// From there to the last vector.
    public let encodeNanoseconds: UInt64

    public var count: Int { rows.count }

    /// `dimension` floats.
    ///
    /// - Parameter index: below `count`.
    public func vector(at index: Int) -> ArraySlice<Float> {
        guard let row = rows[index] else { preconditionFailure("answered without a vector") }
        return row.block.vectors[row.index * dimension..<(row.index + 1) * dimension]
    }
}
