/// Sequences of token ids end to end, without padding.
public struct RaggedBatch: Sendable, Equatable {
    public var tokenIds: [Int32]
    /// Where each sequence starts in `tokenIds`, and at last where the last one ends: one more
    /// than there are sequences, the first 0, never falling.
    public var offsets: [Int32]

    public init(tokenIds: [Int32] = [], offsets: [Int32] = [0]) {
        self.tokenIds = tokenIds
        self.offsets = offsets
    }
}
