public import Ranking

/// An ad that bids.
public struct RankedAd: Sendable, Equatable {
    /// Its place in the request.
    public let requestIndex: Int
    /// Bias plus contributions of the click model.
    public let logit: Float
    /// logistic(logit).
    public let clickProbability: Float
    /// `EffectiveCPM.micros` of the probability and the bid, in the auction's currency.
    public let ecpmMicros: Int64
}

/// An ad that does not.
public struct NoBid: Sendable, Equatable {
    /// Its place in the request.
    public let requestIndex: Int
    public let reason: NoBidReason
}

public struct AuctionResult: Sendable, Equatable {
    /// Highest eCPM first; equal ones in the order of the request.
    public let ads: [RankedAd]
    /// In the order of the request.
    public let noBids: [NoBid]
    /// Of the click probabilities of the first ads; nil when not asked for.
    public let explanation: Explanation?
}
