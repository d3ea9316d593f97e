public import Base
public import Ranking
public import Store

/// An ad that bids.
public struct RankedAd: Sendable, Equatable {
    /// Its place in the request.
    public let requestIndex: Int
    /// Bias plus contributions of the click model.
    public let logit: Float
    /// logistic(logit).
    public let clickProbability: Float
    /// That who is shown the ad converts.
    public let conversionProbability: Float
    public let pricing: AdPricing
    /// `EffectiveCPM.micros` of the probabilities and the bid, in the auction's currency.
    public let ecpmMicros: Int64
    /// How often the campaign's budget lets it bid at the moment.
    public let passProbability: Float
}

/// An ad that does not.
public struct NoBid: Sendable, Equatable {
    /// Its place in the request.
    public let requestIndex: Int
    public let reason: NoBidReason
    /// In a dry run all that excludes it, in words.
    public var excludedBy: [String] = []
}

/// A candidate that could not be ranked.
public struct AdFailure: Sendable, Equatable {
    /// Its place in the request.
    public let requestIndex: Int
    public let fault: Fault
}

public struct AuctionResult: Sendable, Equatable {
    /// Highest eCPM first; equal ones in the order of the request.
    public let ads: [RankedAd]
    /// In the order of the request.
    public let noBids: [NoBid]
    /// In the order of the request.
    public let failures: [AdFailure]
    /// Of the click probabilities of the first ads; nil when not asked for.
    public let explanation: Explanation?
    /// The deadline came before all candidates were looked at.
    public let isPartial: Bool
}
