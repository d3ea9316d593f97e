public import Base

/// Makes a `PopulationModel` from profiles, one after the other: memory grows by three numbers a
/// buyer, and by points up to `maxPoints`.
public struct PopulationBuilder {
    /// Users that segments are fitted on: the first, which is a fair draw when users come in order
    /// of their pseudonyms, as HMAC output is even.
    static let maxPoints = 50_000
    public static let defaultSegmentCount = 6
    public static let maxSegmentCount = 32
    /// Users without which there is nothing to group.
    private static let minUsersPerSegment = 5
    private static let seed: UInt64 = 7

    private let previous: PopulationModel?
    private let segmentCount: Int
    private var userCount = 0
    private var newest: Int64 = 0
    private var lastPurchases: [Int64] = []
    private var purchaseCounts: [Int64] = []
    private var averages: [Int64] = []
    private var sample: [Profile] = []

    /// - Parameter previous: the model before: segments go on from its centres, and so keep their
    ///   ids.
    public init(previous: PopulationModel?, segmentCount: Int = defaultSegmentCount) throws(Fault) {
        guard (1...Self.maxSegmentCount).contains(segmentCount) else {
            throw .invalid("count", "must be 1 to \(Self.maxSegmentCount)")
        }
        self.previous = previous
        self.segmentCount = segmentCount
    }

    public mutating func add(_ profile: Profile) {
        guard profile.eventCount > 0 else { return }
        userCount += 1
        newest = max(newest, profile.lastEventUnixNanoseconds ?? 0)
        if let last = profile.rfm.lastPurchaseUnixNanoseconds {
            lastPurchases.append(last)
            purchaseCounts.append(profile.rfm.purchaseCount)
            if let average = profile.rfm.averageMicros { averages.append(average) }
        }
        if sample.count < Self.maxPoints { sample.append(profile.forSegments) }
    }

    public func model() -> PopulationModel {
        let users = sample.map { SegmentSpace.Raw($0, asOf: newest) }
        let space = SegmentSpace(users, asOf: newest, keeping: previous?.space.categories ?? [])
        return PopulationModel(
            asOfUnixNanoseconds: newest, userCount: userCount, buyerCount: lastPurchases.count,
            segments: segments(users, space), recency: QuintileBounds(values: lastPurchases),
            frequency: QuintileBounds(values: purchaseCounts),
            monetary: QuintileBounds(values: averages), space: space)
    }

    /// The ids of segments that go on, in the order of their users, then new ones.
    private func segments(_ users: [SegmentSpace.Raw], _ space: SegmentSpace) -> [Segment] {
        let count = min(segmentCount, users.count / Self.minUsersPerSegment)
        if count == 0 { return [] }
        let kept = Array((previous?.segments ?? []).prefix(count))
        let points = users.map(space.point)
        let clustering = KMeans(points: points, count: count, seed: Self.seed).run(
            from: kept.map { space.point($0.centre, of: previous?.space ?? space) })
        var ids = kept.map(\.id)
        var number = 1
        while ids.count < clustering.centres.count {
            if !ids.contains("s\(number)") { ids.append("s\(number)") }
            number += 1
        }
        let all = Self.meanShares(users)
        let found = clustering.centres.indices.compactMap { cluster -> Segment? in
            let members = users.indices.filter { clustering.assignment[$0] == cluster }
            if members.isEmpty { return nil }
            return segment(
                ids[cluster], clustering.centres[cluster], members.map { users[$0] }, users.count,
                all, space)
        }
        return named(
            found.sorted { $0.share != $1.share ? $0.share > $1.share : $0.id < $1.id }, space)
    }

    private func segment(
        _ id: String, _ centre: [Double], _ members: [SegmentSpace.Raw], _ sampleCount: Int,
        _ all: [String: Double], _ space: SegmentSpace
    ) -> Segment {
        func mean(_ value: (SegmentSpace.Raw) -> Double) -> Double {
            members.reduce(0) { $0 + value($1) } / Double(members.count)
        }
        let share = Double(members.count) / Double(sampleCount)
        let shares = Self.meanShares(members)
        let categories = SegmentNaming(space).distinguishing(centre).prefix(3)
        return Segment(
            id: id, name: "", userCount: Int((share * Double(userCount)).rounded()), share: share,
            daysSincePurchase: mean(\.daysSince), purchaseCount: mean(\.purchaseCount),
            averagePurchase: mean(\.averageUnits),
            categories: categories.map {
                Segment.CategoryShare(
                    name: $0.name, share: shares[$0.name] ?? 0, shareOfAll: all[$0.name] ?? 0)
            }, centre: centre)
    }

    private func named(_ segments: [Segment], _ space: SegmentSpace) -> [Segment] {
        var naming = SegmentNaming(space)
        return segments.map {
            var segment = $0
            segment.name = naming.name(segment.centre)
            return segment
        }
    }

    private static func meanShares(_ users: [SegmentSpace.Raw]) -> [String: Double] {
        var sums: [String: Double] = [:]
        for user in users {
            for (name, share) in user.shares { sums[name, default: 0] += share }
        }
        return sums.mapValues { $0 / Double(users.count) }
    }
}

extension Profile {
    /// What segments are made of, without the vectors, which are most of a profile.
    fileprivate var forSegments: Profile {
        var profile = Profile()
        profile.rfm = rfm
        profile.eventCount = eventCount
        profile.lastEventUnixNanoseconds = lastEventUnixNanoseconds
        profile.categoryAffinity = categoryAffinity
        return profile
    }
}
