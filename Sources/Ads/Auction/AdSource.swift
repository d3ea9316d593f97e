public import Base
public import Inference
public import Store

/// Where an auction's candidates come from. They are found slice by slice, where the auction runs: ten
/// thousand look-ups are too many for a loop.
public protocol AdSource: Sendable {
    /// With those that cannot be found.
    var count: Int { get }
    /// Ads described in the request.
    var inline: [InlineAd] { get }
    /// Adds the candidates of a range of places in the request, in order, one for each place.
    func find(_ places: Range<Int>, into found: inout FoundAds)
}

/// An ad described in the request.
public struct InlineAd: Sendable {
    public var ad: Ad
    /// Of the creative's text; nil when it has none.
    public var vector: Int8Vector?

    public init(_ ad: Ad, vector: Int8Vector?) {
        self.ad = ad
        self.vector = vector
    }
}

/// Candidates of a slice.
public struct FoundAds: Sendable {
    /// Rows of the table, `~position` of an inline ad, `missing` for a candidate that cannot be ranked.
    private(set) var rows: [Int32] = []
    /// What is bid instead of the stored bid; 0 for the stored one.
    private(set) var bidMicros: [Int64] = []
    /// By place in the request, in order.
    private(set) var faults: [(place: Int, fault: Fault)] = []
    static let missing = Int32.min

    public mutating func append(row: Int, bidMicros: Int64 = 0) {
        rows.append(Int32(row))
        self.bidMicros.append(bidMicros)
    }

    /// Several at their stored bids.
    /// - Parameters:
    ///   - firstPlace: in the request.
    ///   - fault: of one that has no row.
    ///   - find: appends a row for each, -1 for one that is not found.
    public mutating func append(
        from firstPlace: Int, orElse fault: @autoclosure () -> Fault,
        _ find: (inout [Int32]) -> Void
    ) {
        let first = rows.count
        find(&rows)
        for position in first..<rows.count where rows[position] < 0 {
            rows[position] = Self.missing
            faults.append((firstPlace + position - first, fault()))
        }
        while bidMicros.count < rows.count { bidMicros.append(0) }
    }

    public mutating func append(inline position: Int) {
        rows.append(~Int32(position))
        bidMicros.append(0)
    }

    public mutating func append(_ fault: Fault, place: Int) {
        rows.append(Self.missing)
        bidMicros.append(0)
        faults.append((place, fault))
    }

    /// The stored bid of a candidate is none.
    mutating func refuseStoredBid(_ position: Int, place: Int) {
        leaveOut(position)
        faults.append((place, .storedBidInvalid))
    }

    /// The candidate does not bid.
    mutating func leaveOut(_ position: Int) { rows[position] = Self.missing }

    /// Keeps the faults.
    mutating func startSlice() {
        rows.removeAll(keepingCapacity: true)
        bidMicros.removeAll(keepingCapacity: true)
    }
}

extension Fault {
    fileprivate static let storedBidInvalid = Fault(
        .failedPrecondition, reason: "STORED_BID_INVALID",
        "the ad's stored bid is not 1 to \(Bid.maxMicros) micros")
}
