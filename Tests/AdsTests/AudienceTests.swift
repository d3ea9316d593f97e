import Base
import Store
import Testing

@testable import Ads

@Suite struct AudienceTests {
    private static let least = 5

    private static func pseudonym(_ number: Int) -> Pseudonym {
        Pseudonym(bytes: (0..<32).map { UInt8(truncatingIfNeeded: number >> (8 * ($0 % 3))) })
    }

    private static func select(
        _ members: [AudienceMember], threshold: Float? = nil, maxUsers: Int = 10_000,
        reach: [Float] = []
    ) -> SelectedAudience {
        var builder = AudienceBuilder(
            threshold: threshold, maxUsers: maxUsers, reachThresholds: reach, leastAudience: least)
        for member in members { builder.add(member) }
        return builder.finish()
    }

    private static func crowd(_ count: Int, seed: UInt64) -> [AudienceMember] {
        var random = SeededRandom(seed: seed)
        return (0..<count).map { number in
            AudienceMember(
                pseudonym: pseudonym(number), score: .random(in: 0..<1, using: &random),
                segmentId: ["s1", "s2", "s3", ""].randomElement(using: &random)!,
                bestHour: .random(in: 0...24, using: &random),
                bestChannel: ["web", "app", "shop", ""].randomElement(using: &random)!)
        }
    }

    @Test(arguments: [UInt64](1...20))
    func nobodyIsToldApart(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let members = Self.crowd(.random(in: 1...400, using: &random), seed: seed)
        let audience = Self.select(members, threshold: .random(in: 0..<1, using: &random))
        let said = Dictionary(grouping: audience.members) {
            "\($0.segmentId)/\($0.bestHour)/\($0.bestChannel)"
        }
        for users in said.values { #expect(users.count >= Self.least) }
        for segment in audience.segments { #expect(segment.userCount >= Self.least) }
        #expect(audience.segments.reduce(0) { $0 + $1.userCount } == audience.members.count)
        #expect(audience.consideredCount == members.count)
        // What is said is left out, never made up.
        for user in audience.members {
            let own = members.first { $0.pseudonym == user.pseudonym }!
            #expect(user.segmentId == own.segmentId || user.segmentId.isEmpty)
            #expect(user.bestHour == own.bestHour || user.bestHour == AudienceMember.unknownHour)
            #expect(user.bestChannel == own.bestChannel || user.bestChannel.isEmpty)
        }
    }

    @Test func ofASegmentNothingIsToldThatTooFewHave() {
        // Hours and channels differ, so that none is told of a user, and of five users all are sent.
        func segment(ofWhom count: Int) -> SelectedAudience.SegmentPart? {
            Self.select(
                (0..<Self.least).map {
                    AudienceMember(
                        pseudonym: Self.pseudonym($0), score: 0.5, segmentId: "s1",
                        bestHour: $0 < count ? UInt8($0) : AudienceMember.unknownHour,
                        bestChannel: $0 < count ? "" : "channel \($0)")
                }
            ).segments.first
        }
        let few = segment(ofWhom: Self.least - 1)
        #expect(few?.userCount == Self.least)
        #expect(few?.bestHour == AudienceMember.unknownHour && few?.bestChannel == "")
        let enough = segment(ofWhom: Self.least)
        #expect(enough?.userCount == Self.least)
        #expect(enough?.bestHour == 0 && enough?.bestChannel == "")
    }

    @Test func theBestAreKeptInOrder() {
        let members = Self.crowd(1_000, seed: 3)
        let audience = Self.select(members, maxUsers: 100)
        let scores = audience.members.map(\.score)
        #expect(scores == scores.sorted(by: >))
        let best = members.map { ($0.score * 1_000).rounded() / 1_000 }.sorted(by: >).prefix(100)
        #expect(audience.members.count + audience.withheldCount == 100)
        #expect((scores.min() ?? 0) >= best.min()!)
    }

    @Test func fewAreNobody() {
        let members = Array(Self.crowd(Self.least - 1, seed: 1))
        let audience = Self.select(members, reach: [0])
        #expect(audience.members.isEmpty && audience.withheldCount == Self.least - 1)
        #expect(audience.reach == [.init(threshold: 0, userCount: 0)])
    }

    @Test func reachCountsAllThatWereConsidered() {
        let audience = Self.select(
            Self.crowd(500, seed: 2), threshold: 0.9, maxUsers: 10, reach: [0, 0.5, 0.9999])
        #expect(audience.reach[0].userCount == 500)
        #expect((200...300).contains(audience.reach[1].userCount))
        #expect(audience.reach[2].userCount == 0)
    }
}
