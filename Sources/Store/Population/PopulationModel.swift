// What is known of all users together: where the fifths of buyers lie, and groups of users who are
// alike. Made from all profiles by `PopulationBuilder`, published as one immutable value; which fifth and
// which group a user belongs to is then a function of the user's profile alone.

/// A group of users.
public struct Segment: Sendable, Equatable, Codable {
    /// Stable over the times that segments are made.
    public var id: String
    /// What distinguishes it from all users.
    public var name: String
    public var userCount: Int
    /// Of all users, 0 to 1.
    public var share: Double
    /// Means of its users.
    public var daysSincePurchase: Double
    public var purchaseCount: Double
    /// In units of the users' currencies.
    public var averagePurchase: Double
    /// Broadest categories with their mean share, and that of all users; the most distinguishing
    /// first.
    public var categories: [CategoryShare]
    /// In the model's space; empty for who reads of it.
    var centre: [Double]

    init(
        id: String, name: String, userCount: Int, share: Double, daysSincePurchase: Double,
        purchaseCount: Double, averagePurchase: Double, categories: [CategoryShare],
        centre: [Double]
    ) {
        self.id = id
        self.name = name
        self.userCount = userCount
        self.share = share
        self.daysSincePurchase = daysSincePurchase
        self.purchaseCount = purchaseCount
        self.averagePurchase = averagePurchase
        self.categories = categories
        self.centre = centre
    }

    public init(
        id: String, name: String, userCount: Int, share: Double, daysSincePurchase: Double,
        purchaseCount: Double, averagePurchase: Double, categories: [CategoryShare]
    ) {
        self.init(
            id: id, name: name, userCount: userCount, share: share,
            daysSincePurchase: daysSincePurchase, purchaseCount: purchaseCount,
            averagePurchase: averagePurchase, categories: categories, centre: [])
    }

    public struct CategoryShare: Sendable, Equatable, Codable {
        public var name: String
        public var share: Double
        public var shareOfAll: Double

        public init(name: String, share: Double, shareOfAll: Double) {
            self.name = name
            self.share = share
            self.shareOfAll = shareOfAll
        }
    }
}

/// What ListSegments says.
public struct SegmentList: Sendable, Equatable {
    /// Largest first.
    public var segments: [Segment]
    public var userCount: Int
    public var buyerCount: Int
    /// Nil when none were made.
    public var asOfUnixNanoseconds: Int64?

    public init(
        segments: [Segment], userCount: Int, buyerCount: Int, asOfUnixNanoseconds: Int64?
    ) {
        self.segments = segments
        self.userCount = userCount
        self.buyerCount = buyerCount
        self.asOfUnixNanoseconds = asOfUnixNanoseconds
    }
}

public struct PopulationModel: Sendable, Equatable, Codable {
    /// The newest event of all.
    public let asOfUnixNanoseconds: Int64
    public let userCount: Int
    public let buyerCount: Int
    /// Largest first.
    public let segments: [Segment]
    /// Of the last purchase in Unix nanoseconds.
    public let recency: QuintileBounds
    public let frequency: QuintileBounds
    /// Of the average purchase in micros.
    public let monetary: QuintileBounds
    let space: SegmentSpace

    /// Nil for who has bought nothing.
    public func quintiles(of profile: Profile) -> Quintiles? {
        guard let last = profile.rfm.lastPurchaseUnixNanoseconds else { return nil }
        return Quintiles(
            recency: recency.quintile(of: last),
            frequency: frequency.quintile(of: profile.rfm.purchaseCount),
            monetary: profile.rfm.averageMicros.map { monetary.quintile(of: $0) } ?? 0)
    }

    /// The segment whose centre is nearest; nil without segments.
    public func segment(of profile: Profile) -> SegmentName? {
        if segments.isEmpty || profile.eventCount == 0 { return nil }
        let point = space.point(.init(profile, asOf: space.asOfUnixNanoseconds))
        let segment = segments[KMeans.nearest(to: point, among: segments.map(\.centre)).0]
        return SegmentName(id: segment.id, name: segment.name)
    }
}

extension Profile {
    /// What a caller may see of the profile and of its place among all.
    /// - Parameter population: nil when none was made.
    public func view(_ labels: DataLabels, in population: PopulationModel?) -> ProfileView {
        var view = permitted(labels)
        guard let population else { return view }
        // A segment is made of activity and spend both.
        if labels.permits(.activity), labels.permits(.spend) {
            view.segment = population.segment(of: self)
        }
        if labels.permits(.activity), var quintiles = population.quintiles(of: self) {
            if !labels.permits(.spend) { quintiles.monetary = 0 }
            view.quintiles = quintiles
        }
        return view
    }
}
