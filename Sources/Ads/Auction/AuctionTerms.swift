/// What holds for all candidates of one request.
public struct AuctionTerms: Sendable, Equatable {
    /// The moment the ad would be shown.
    public let unixNanoseconds: Int64
    /// Least acceptable eCPM; 0 for no floor.
    public let floorMicros: Int64
    /// The auction's currency; bids in another are not converted.
    public let currencyCode: String

    public init(unixNanoseconds: Int64, floorMicros: Int64 = 0, currencyCode: String = "USD") {
        self.unixNanoseconds = unixNanoseconds
        self.floorMicros = floorMicros
        self.currencyCode = currencyCode
    }
}

/// Why an ad does not bid: a success with a reason. Raw values equal the wire's; those below 500
/// are OpenRTB 2.6's (section 5.24).
public enum NoBidReason: Int32, Sendable, CaseIterable {
    /// Has not started or is over.
    case campaignNotRunning = 500
    case currencyMismatch = 501
    case belowFloor = 502
}
