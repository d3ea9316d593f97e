/// What the scheduler has done since it started. Once nothing waits or runs,
/// `offered` is the sum of the other counters of requests but `answeredLate`.
public struct SchedulerCounters: Sendable, Equatable {
    // Requests; slices of other work count as requests without texts.
    public var offered: UInt64 = 0
    public var answered: UInt64 = 0
    /// Refused because the queue had no room.
    public var refusedFull: UInt64 = 0
    /// Refused because the deadline could not have been met.
    public var refusedLate: UInt64 = 0
    public var refusedDraining: UInt64 = 0
    /// Refused because it could never run, as a text longer than the encoder takes.
    public var refusedInvalid: UInt64 = 0
    /// Dropped because the deadline had passed or could not be met any more.
    public var expired: UInt64 = 0
    public var cancelled: UInt64 = 0
    /// The backend failed.
    public var failed: UInt64 = 0
    /// Answered, of `answered`, after their deadline: too late when it showed to stop.
    public var answeredLate: UInt64 = 0

    // Work.
    public var batches: UInt64 = 0
    public var slices: UInt64 = 0
    public var encodedTexts: UInt64 = 0
    public var encodedTokens: UInt64 = 0
    /// Texts whose deadline had passed when the encoder was given them: in the moment since their
    /// batch was formed.
    public var encodedExpiredTexts: UInt64 = 0
    /// Tokens that nobody needed any more and the backend never saw.
    public var savedTokensRefused: UInt64 = 0
    public var savedTokensExpired: UInt64 = 0
    public var savedTokensCancelled: UInt64 = 0
    /// Texts of admitted requests, and of these the ones whose vector was known already, or was
    /// made for another text that is the same.
    public var admittedTexts: UInt64 = 0
    public var cachedTexts: UInt64 = 0
    public var coalescedTexts: UInt64 = 0
    public var savedTokensCached: UInt64 = 0
    public var savedTokensCoalesced: UInt64 = 0
    /// Encoders that took over from the one before.
    public var reloads: UInt64 = 0

    // Now.
    public var queuedTokens = 0
    public var queuedRequests = 0
    public var queuedSlices = 0
    /// What a worker encodes, from its last batches; 0 before the first.
    public var tokensPerSecond = 0.0
    /// What a batch is filled up to.
    public var batchTokens = 0
    public var vectorCacheBytes = 0

    public init() {}

    mutating func coalesced(_ tokens: Int) {
        coalescedTexts += 1
        savedTokensCoalesced += UInt64(tokens)
    }

    public var refused: UInt64 { refusedFull + refusedLate + refusedDraining + refusedInvalid }

    /// Requests and slices that wait or run.
    public var unanswered: UInt64 {
        offered - answered - refused - expired - cancelled - failed
    }
}

extension SchedulerCounters: CustomStringConvertible {
    /// What came and what became of it, as name=value.
    public var description: String {
        let counts: [(String, UInt64)] = [
            ("offered", offered), ("answered", answered), ("answeredLate", answeredLate),
            ("refused", refused), ("refusedFull", refusedFull), ("refusedLate", refusedLate),
            ("expired", expired), ("cancelled", cancelled), ("failed", failed),
            ("batches", batches), ("slices", slices), ("encodedTexts", encodedTexts),
            ("encodedTokens", encodedTokens), ("encodedExpiredTexts", encodedExpiredTexts),
            ("savedTokensRefused", savedTokensRefused), ("savedTokensExpired", savedTokensExpired),
            ("savedTokensCancelled", savedTokensCancelled),
            ("savedTokensCached", savedTokensCached),
            ("savedTokensCoalesced", savedTokensCoalesced), ("reloads", reloads),
            ("batchTokens", UInt64(batchTokens)), ("tokensPerSecond", UInt64(tokensPerSecond)),
        ]
        return counts.map { "\($0)=\($1)" }.joined(separator: " ")
    }
}
