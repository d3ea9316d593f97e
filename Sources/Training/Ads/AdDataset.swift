// Examples of all users of a store, whether impressions are events or a file says who was sent what.

public import Ads
public import Base
public import Store

/// One example with whose it is.
public struct AdRow: Sendable {
    public var campaign: Int32
    /// 0 up, in the order of the pseudonyms.
    public var user: Int
    public var reading: AdReading

    public var example: AdExample { reading.example }
}

public struct AdDataset: Sendable {
    public let index: AdIndex
    /// In order of the campaigns' starts, then of users.
    public private(set) var rows: [AdRow] = []
    public private(set) var counts = FeedbackCounts()
    /// Unix nanoseconds of the store's newest event: what came later is not known.
    public private(set) var observedUntil: Int64 = .min
    /// Targets of users or campaigns that the store does not have.
    public private(set) var unknownTargetCount = 0

    /// Reads the examples that had closed at a moment.
    /// - Parameters:
    ///   - targets: who was sent what, beside the impressions among the events.
    ///   - progress: called with the users done and the users there are.
    public init(
        store: SQLiteStore, reader: AdExampleReader, targets: [TargetFile.Target],
        closedBefore: Int64, progress: (_ done: Int, _ total: Int) -> Void
    ) throws(Fault) {
        index = reader.index
        var mailed: [Pseudonym: [AdExposure]] = [:]
        for target in targets {
            guard let campaign = index.campaigns.code(of: target.campaignId) else {
                unknownTargetCount += 1
                continue
            }
            mailed[try store.pseudonymizer.pseudonym(of: target.userId), default: []].append(
                reader.mailing(campaign: campaign, at: target.unixNanoseconds))
        }
        var found: [AdRow] = []
        var counted = FeedbackCounts()
        var user = 0
        var newest = Int64.min
        try store.forEachJournal(progress: progress) { history in
            newest = max(newest, history.events.last?.event.unixNanoseconds ?? .min)
            let own = mailed.removeValue(forKey: history.pseudonym) ?? []
            let readings = reader.examples(
                of: history, mailed: own, closing: .min..<closedBefore, counts: &counted)
            for reading in readings {
                let campaign = reader.index.campaign(of: reading.exposure.target)
                found.append(AdRow(campaign: campaign, user: user, reading: reading))
            }
            user += 1
        }
        unknownTargetCount += mailed.values.reduce(0) { $0 + $1.count }
        counts = counted
        observedUntil = newest
        let starts = index.campaignTimes.map(\.start)
        rows = found.sorted {
            let (mine, other) = (starts[Int($0.campaign)], starts[Int($1.campaign)])
            if mine != other { return mine < other }
            return $0.campaign != $1.campaign ? $0.campaign < $1.campaign : $0.user < $1.user
        }
    }

    /// Of which it is known what they came to.
    public func closed(_ rows: [AdRow]) -> [AdRow] {
        rows.filter { $0.example.closesAt <= observedUntil }
    }

    /// Campaigns with rows, in order of their starts.
    public var campaigns: [Int32] {
        var seen: Set<Int32> = []
        return rows.map(\.campaign).filter { seen.insert($0).inserted }
    }

    /// Rows of the campaigns before the last `share` of them, and of those.
    public func split(lastShare share: Double) -> (earlier: [AdRow], later: [AdRow]) {
        split(rows, lastShare: share)
    }

    public func split(
        _ rows: [AdRow], lastShare share: Double
    ) -> (earlier: [AdRow], later: [AdRow]) {
        var seen: Set<Int32> = []
        let order = rows.map(\.campaign).filter { seen.insert($0).inserted }
        let later = Set(order.suffix(Int((Double(order.count) * share).rounded())))
        return (
            rows.filter { !later.contains($0.campaign) },
            rows.filter { later.contains($0.campaign) }
        )
    }
}
