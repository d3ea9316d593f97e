internal import Base

/// How fast one worker encodes, from the batches it did: an average in which a batch weighs by its
/// tokens and half of the weight is the last `halfLifeTokens`.
struct ThroughputEstimate {
    static let halfLifeTokens = 16_384.0

    private var tokens = 0.0
    private var nanoseconds = 0.0

    /// 0 before the first batch.
    var tokensPerSecond: Double { nanoseconds > 0 ? tokens / nanoseconds * 1e9 : 0 }

    mutating func add(tokens newTokens: Int, nanoseconds newNanoseconds: UInt64) {
        let kept = Self.halfLifeTokens / (Self.halfLifeTokens + Double(newTokens))
        tokens = tokens * kept + Double(newTokens)
        nanoseconds = nanoseconds * kept + Double(max(1, newNanoseconds))
    }

    /// How long `count` tokens take on `workerCount` workers; nil before the first batch.
    func nanoseconds(tokens count: Int, workerCount: Int) -> UInt64? {
        guard tokensPerSecond > 0 else { return nil }
        let seconds = Double(count) / (tokensPerSecond * Double(workerCount))
        return UInt64(min(seconds * 1e9, 1e18))
    }
}
