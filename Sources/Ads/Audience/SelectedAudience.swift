// Selecting an audience, and keeping those in it from being told apart: what is said of a user beside
// the score - segment, best hour, best channel - is said of at least so many sent users alike
// (k-anonymity, Sweeney 2002). Where it would be fewer, the hour is left out, then the channel, then the
// segment; who then is still among too few is not sent.

public import Store

/// A user as an audience knows it.
public struct AudienceMember: Sendable, Equatable {
    public static let unknownHour: UInt8 = 24
    /// Events without which a user has no best hour: fewer fall where they fall.
    public static let minHourEvents: UInt32 = 5

    public var pseudonym: Pseudonym
    public var score: Float
    /// Empty where unknown or left out.
    public var segmentId: String
    /// The hour, UTC, at which the user does most.
    public var bestHour: UInt8
    /// The channel the user uses most; empty where unknown or left out.
    public var bestChannel: String

    public init(
        pseudonym: Pseudonym, score: Float, segmentId: String = "",
        bestHour: UInt8 = unknownHour, bestChannel: String = ""
    ) {
        self.pseudonym = pseudonym
        self.score = score
        self.segmentId = segmentId
        self.bestHour = bestHour
        self.bestChannel = bestChannel
    }

    /// - Parameter profile: what the caller may use of it.
    public init(pseudonym: Pseudonym, score: Float, segmentId: String, profile: Profile) {
        let hours = profile.activity.hours
        let hasHabits =
            hours.reduce(0 as UInt64) { $0 + UInt64($1) } >= UInt64(Self.minHourEvents)
        let most =
            hasHabits
            ? hours.indices.max {
                hours[$0] < hours[$1] || (hours[$0] == hours[$1] && $0 > $1)
            } : nil
        let channel = profile.activity.channels.max {
            $0.value != $1.value ? $0.value < $1.value : $0.key > $1.key
        }
        self.init(
            pseudonym: pseudonym, score: score, segmentId: segmentId,
            bestHour: most.map { UInt8($0) } ?? Self.unknownHour,
            bestChannel: channel?.key ?? "")
    }
}

public struct SelectedAudience: Sendable, Equatable {
    public struct Reach: Sendable, Equatable {
        public var threshold: Float
        /// 0 where there are fewer than the least audience.
        public var userCount: Int

        public init(threshold: Float, userCount: Int) {
            self.threshold = threshold
            self.userCount = userCount
        }
    }

    /// Users of one segment who are sent.
    public struct SegmentPart: Sendable, Equatable {
        /// Empty for those whose segment is left out.
        public var segmentId: String
        public var userCount: Int
        public var meanScore: Float
        public var bestHour: UInt8
        public var bestChannel: String

        public init(
            segmentId: String, userCount: Int, meanScore: Float, bestHour: UInt8,
            bestChannel: String
        ) {
            self.segmentId = segmentId
            self.userCount = userCount
            self.meanScore = meanScore
            self.bestHour = bestHour
            self.bestChannel = bestChannel
        }
    }

    public var consideredCount = 0
    public var withheldCount = 0
    public var meanScore: Float = 0
    public var reach: [Reach] = []
    /// The largest first.
    public var segments: [SegmentPart] = []
    /// Best first.
    public var members: [AudienceMember] = []

    public init() {}
}

/// Takes users one by one.
public struct AudienceBuilder {
    private let threshold: Float?
    private let maxUsers: Int
    private let leastAudience: Int
    private var reach: [SelectedAudience.Reach]
    private var members: [AudienceMember] = []
    private var consideredCount = 0

    /// - Parameters:
    ///   - threshold: nil for none.
    ///   - maxUsers: how many are kept, the best.
    ///   - leastAudience: fewer users alike are not sent.
    public init(
        threshold: Float?, maxUsers: Int, reachThresholds: [Float], leastAudience: Int
    ) {
        precondition(maxUsers > 0 && leastAudience > 0, "an audience of nobody")
        self.threshold = threshold
        self.maxUsers = maxUsers
        self.leastAudience = leastAudience
        reach = reachThresholds.map { SelectedAudience.Reach(threshold: $0, userCount: 0) }
    }

    /// A user who cannot be scored.
    public mutating func skip() { consideredCount += 1 }

    public mutating func add(_ member: AudienceMember) {
        consideredCount += 1
        var member = member
        // Neither a threshold nor the least digits of a score tell users apart.
        member.score = (member.score * 1_000).rounded() / 1_000
        for i in reach.indices where member.score >= reach[i].threshold { reach[i].userCount += 1 }
        if let threshold, member.score < threshold { return }
        members.append(member)
        if members.count >= 2 * maxUsers { keepBest() }
    }

    private mutating func keepBest() {
        members.sort {
            $0.score != $1.score ? $0.score > $1.score : $0.pseudonym < $1.pseudonym
        }
        members.removeLast(max(0, members.count - maxUsers))
    }

    public mutating func finish() -> SelectedAudience {
        keepBest()
        var audience = SelectedAudience()
        audience.consideredCount = consideredCount
        audience.reach = reach.map {
            .init(
                threshold: $0.threshold, userCount: $0.userCount < leastAudience ? 0 : $0.userCount)
        }
        let sent = alike()
        audience.withheldCount = members.count - sent.count
        audience.members = sent.map(\.shown)
        audience.meanScore = Self.mean(audience.members)
        audience.segments = segments(sent)
        return audience
    }

    /// A member as it is sent, and as it is.
    private struct Sent {
        let shown: AudienceMember
        let own: AudienceMember
    }

    /// The members of whom enough say the same, with what is left out of the others.
    private func alike() -> [Sent] {
        let steps: [(inout AudienceMember) -> Void] = [
            { _ in }, { $0.bestHour = AudienceMember.unknownHour }, { $0.bestChannel = "" },
            { $0.segmentId = "" },
        ]
        var result = [AudienceMember?](repeating: nil, count: members.count)
        var waiting = Array(members.indices)
        var shown = members
        for step in steps {
            for index in waiting { step(&shown[index]) }
            let groups = Dictionary(grouping: waiting) { Shown(shown[$0]) }
            waiting = []
            for group in groups.values {
                if group.count >= leastAudience {
                    for index in group { result[index] = shown[index] }
                } else {
                    waiting += group
                }
            }
        }
        return zip(result, members).compactMap { shown, own in
            shown.map { Sent(shown: $0, own: own) }
        }
    }

    /// What is said of a user beside the score.
    private struct Shown: Hashable {
        let segmentId: String
        let bestHour: UInt8
        let bestChannel: String

        init(_ member: AudienceMember) {
            segmentId = member.segmentId
            bestHour = member.bestHour
            bestChannel = member.bestChannel
        }
    }

    /// Of the users who are sent, by the segments they are sent under: each has at least so many as tell
    /// the same. Hours and channels are the users' own, also where they are left out of the users, and are
    /// told where as many have one.
    private func segments(_ sent: [Sent]) -> [SelectedAudience.SegmentPart] {
        let parts = Dictionary(grouping: sent, by: \.shown.segmentId).map { id, users in
            SelectedAudience.SegmentPart(
                segmentId: id, userCount: users.count, meanScore: Self.mean(users.map(\.shown)),
                bestHour: commonest(
                    users.map(\.own.bestHour).filter { $0 != AudienceMember.unknownHour })
                    ?? AudienceMember.unknownHour,
                bestChannel: commonest(users.map(\.own.bestChannel).filter { !$0.isEmpty })
                    ?? "")
        }
        return parts.sorted {
            $0.userCount != $1.userCount
                ? $0.userCount > $1.userCount : $0.segmentId < $1.segmentId
        }
    }

    private static func mean(_ users: [AudienceMember]) -> Float {
        users.isEmpty ? 0 : users.reduce(0) { $0 + $1.score } / Float(users.count)
    }

    /// nil for those of too few users.
    private func commonest<Value: Hashable & Comparable>(_ values: [Value]) -> Value? {
        guard values.count >= leastAudience else { return nil }
        var counts: [Value: Int] = [:]
        for value in values { counts[value, default: 0] += 1 }
        return counts.max { $0.value != $1.value ? $0.value < $1.value : $0.key > $1.key }?.key
    }
}
