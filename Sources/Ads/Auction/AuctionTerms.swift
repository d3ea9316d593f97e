public import Base

/// What holds for all candidates of one request.
public struct AuctionTerms: Sendable, Equatable {
    /// The moment the ad would be shown.
    public let unixNanoseconds: Int64
    /// Least acceptable eCPM; 0 for no floor.
    public let floorMicros: Int64
    /// The auction's currency; bids in another are not converted.
    public let currencyCode: String
    /// Where the ad would be shown; empty where unknown.
    public var channel = ""
    public var device = ""
    public var placement = ""
    /// When the answer must be made; what is not looked at by then does not bid.
    public var deadline = MonotonicTime.distantFuture
    /// Says all that excludes an ad, and throttles none.
    public var isDryRun = false
    /// Decides which campaigns sit the auction out.
    public var seed: UInt64 = 0

    var moment: AdMoment {
        AdMoment(
            unixNanoseconds: unixNanoseconds, channel: channel, device: device,
            placement: placement)
    }

    public init(unixNanoseconds: Int64, floorMicros: Int64 = 0, currencyCode: String = "USD") {
        self.unixNanoseconds = unixNanoseconds
        self.floorMicros = floorMicros
        self.currencyCode = currencyCode
    }
}

/// Why an ad does not bid: a success with a reason. Raw values equal the wire's; those below 500
/// are OpenRTB's (AdCOM 1.0, "No-Bid Reason Codes").
public enum NoBidReason: Int32, Sendable, CaseIterable {
    /// A rule on the device does not hold.
    case unsupportedDevice = 6
    /// A rule on segment or attribute does not hold.
    case unmatchedUser = 8
    /// The frequency cap is reached.
    case userCapMet = 9
    /// The deadline came first.
    case insufficientTime = 15
    /// Has not started or is over.
    case campaignNotRunning = 500
    case currencyMismatch = 501
    case belowFloor = 502
    /// Another rule does not hold.
    case unmatchedContext = 503
    /// The campaign's budget of the day is spent.
    case budgetSpent = 504
    /// The campaign sits this one out, so that its budget lasts.
    case paced = 505
}
