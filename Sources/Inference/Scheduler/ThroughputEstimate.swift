internal import Base

/// How fast one worker encodes, from the batches it did: an average in which a batch weighs by its
/// tokens and half of the weight is the last `halfLifeTokens`.
struct ThroughputEstimate {
    static let halfLifeTokens = 16_384.0
    /// A batch that took longer than so many times what was expected was held up by something
    /// else; taken at its word it would have the next refused that would have been in time.
    static let slowestCounted = 4.0

    /// A promise must hold although the answer still has to be delivered.
    static let leastDeviation = 1.0 / 16

    private var tokens = 0.0
    private var nanoseconds = 0.0
    /// By how much batches differed from what was expected of them, weighed as they are.
    private var deviations = 0.0

    /// 0 before the first batch.
    var tokensPerSecond: Double { nanoseconds > 0 ? tokens / nanoseconds * 1e9 : 0 }

    mutating func add(tokens newTokens: Int, nanoseconds newNanoseconds: UInt64) {
        var spent = Double(max(1, newNanoseconds))
        let kept = Self.halfLifeTokens / (Self.halfLifeTokens + Double(newTokens))
        if nanoseconds > 0 {
            let expected = Double(newTokens) * nanoseconds / tokens
            spent = min(spent, Self.slowestCounted * expected)
            deviations = deviations * kept + abs(spent / expected - 1) * Double(newTokens)
        }
        tokens = tokens * kept + Double(newTokens)
        nanoseconds = nanoseconds * kept + spent
    }

    /// Starts anew from a measurement, which weighs as one batch does.
    init(measured: CostCurve.Point? = nil) {
        if let measured { add(tokens: measured.tokens, nanoseconds: measured.nanoseconds) }
    }

    /// Of an estimate that a promise is made by: how much longer it may take, as a part of it. Like
    /// TCP's timeout (RFC 6298), it follows how far off estimates have been.
    var deviation: Double { tokens > 0 ? max(Self.leastDeviation, deviations / tokens) : 0 }

    /// How long `count` tokens take at `workers` times the rate; nil before the first batch.
    func nanoseconds(tokens count: Int, workers: Double = 1) -> UInt64? {
        guard nanoseconds > 0 else { return nil }
        return UInt64(min(Double(count) * nanoseconds / (tokens * workers), 1e18))
    }
}
