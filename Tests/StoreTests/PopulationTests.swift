import Base
import Testing

@testable import Store

@Suite struct PopulationTests {
    private static let day: Int64 = 86_400 * 1_000_000_000
    private static let now: Int64 = 20_000 * day

    /// Two kinds of buyers, and their own numbers in a little noise.
    private func population(_ count: Int, seed: UInt64) -> [Profile] {
        var random = SeededRandom(seed: seed)
        return (0..<count).map { index in
            let isRegular = index % 3 == 0
            var profile = Profile()
            profile.eventCount = 10
            profile.lastEventUnixNanoseconds = Self.now - Int64(index % 5) * Self.day
            let days =
                isRegular
                ? Int64.random(in: 1...5, using: &random)
                : Int64.random(in: 60...120, using: &random)
            profile.rfm.lastPurchaseUnixNanoseconds = Self.now - days * Self.day
            profile.rfm.purchaseCount = isRegular ? 200 + Int64(index % 40) : 3
            profile.rfm.paidCount = profile.rfm.purchaseCount
            profile.rfm.totalMicros = profile.rfm.paidCount * (isRegular ? 5_000_000 : 2_000_000)
            profile.rfm.currencyCode = "USD"
            profile.categoryAffinity =
                isRegular
                ? ["Baby > Diapers": 0.4, "Baby > Food": 0.4, "Grocery > Bread": 0.2]
                : ["Grocery > Bread": 0.5, "Grocery > Milk": 0.5]
            return profile
        }
    }

    private func model(
        _ profiles: [Profile], previous: PopulationModel? = nil, count: Int = 2
    ) throws -> PopulationModel {
        var builder = try PopulationBuilder(previous: previous, segmentCount: count)
        for profile in profiles { builder.add(profile) }
        return builder.model()
    }

    @Test func fifthsAreOfEqualSize() {
        let bounds = QuintileBounds(values: (1...100).map { Int64($0) }.reversed())
        #expect(bounds.bounds == [20, 40, 60, 80])
        let counts = (1...100).reduce(into: [Int](repeating: 0, count: 6)) {
            $0[bounds.quintile(of: Int64($1))] += 1
        }
        #expect(counts == [0, 20, 20, 20, 20, 20])
        #expect(QuintileBounds(values: []).quintile(of: 5) == 0)
        #expect(QuintileBounds(values: [7]).quintile(of: 7) == 3)
        #expect(QuintileBounds(values: [7]).quintile(of: 8) == 5)
    }

    @Test func twoKindsOfBuyersAreToldApartAndNamed() throws {
        let profiles = population(300, seed: 1)
        let model = try model(profiles)
        #expect(model.userCount == 300 && model.buyerCount == 300)
        #expect(model.segments.map(\.userCount) == [200, 100])
        #expect(model.segments[1].name == "Recent, frequent, big-ticket buyers, more Baby")
        #expect(model.segments[0].name == "Lapsed, rare, small-ticket buyers, more Grocery")
        let baby = try #require(model.segments[1].categories.first)
        #expect(baby.name == "Baby" && abs(baby.share - 0.8) < 1e-4)
        #expect(abs(baby.shareOfAll - 0.8 / 3) < 1e-4)
        for (index, profile) in profiles.enumerated() {
            let expected = model.segments[index % 3 == 0 ? 1 : 0]
            #expect(model.segment(of: profile)?.id == expected.id)
        }
    }

    @Test func theSameProfilesMakeTheSameModel() throws {
        let profiles = population(200, seed: 2)
        let first = try model(profiles, count: 4)
        #expect(try model(profiles, count: 4) == first)
        // Going on from itself changes nothing either.
        let again = try model(profiles, previous: first, count: 4)
        #expect(again.segments.map(\.id) == first.segments.map(\.id))
        #expect(again.segments.map(\.name) == first.segments.map(\.name))
        #expect(again.segments.map(\.userCount) == first.segments.map(\.userCount))
    }

    @Test func segmentsKeepTheirIdsAsUsersComeAndChange() throws {
        let first = try model(population(300, seed: 3))
        let second = try model(population(360, seed: 4), previous: first)
        let names = Dictionary(uniqueKeysWithValues: first.segments.map { ($0.id, $0.name) })
        for segment in second.segments { #expect(names[segment.id] == segment.name) }
        let more = try model(population(360, seed: 4), previous: second, count: 4)
        #expect(Set(more.segments.map(\.id)).isSuperset(of: names.keys))
        #expect(Set(more.segments.map(\.name)).count == more.segments.count)
    }

    @Test func aQuintileChangesWithItsUserOnly() throws {
        let profiles = population(300, seed: 5)
        let model = try model(profiles)
        let quintiles = try #require(model.quintiles(of: profiles[0]))
        #expect(quintiles.frequency >= 4 && quintiles.monetary >= 4 && quintiles.recency >= 4)
        var lapsed = profiles[0]
        lapsed.rfm.lastPurchaseUnixNanoseconds = Self.now - 400 * Self.day
        #expect(model.quintiles(of: lapsed)?.recency == 1)
        #expect(model.quintiles(of: Profile()) == nil)
    }

    @Test func fewUsersMakeFewSegmentsAndNoneMakeNone() throws {
        let empty = try model([])
        #expect(empty.segments.isEmpty && empty.segment(of: population(1, seed: 1)[0]) == nil)
        #expect(try model(population(7, seed: 1), count: 6).segments.count == 1)
        #expect(throws: Fault.self) { try PopulationBuilder(previous: nil, segmentCount: 0) }
    }

    @Test func labelsDecideWhatIsSeenOfGroups() throws {
        let profiles = population(100, seed: 6)
        let model = try model(profiles)
        let all = profiles[0].view(.all, in: model)
        #expect(all.segment != nil && all.quintiles?.monetary ?? 0 > 0)
        let activity = profiles[0].view(DataLabels([.activity]), in: model)
        #expect(activity.segment == nil && activity.quintiles?.monetary == 0)
        #expect(activity.quintiles?.recency == all.quintiles?.recency)
        let spend = profiles[0].view(DataLabels([.spend]), in: model)
        #expect(spend.segment == nil && spend.quintiles == nil)
        #expect(activity.leftOut.contains("segment") && spend.leftOut.contains("segment"))
    }

    @Test func theModelIsKeptInTheStore() throws {
        let test = try TestStore()
        #expect(try test.store.population() == nil)
        try test.items("item,title,category\na,Bread,Bakery\nb,Milk,Dairy\n")
        let rows = (0..<40).map {
            "u\($0),\($0 % 2 == 0 ? "a" : "b"),purchase,2024-01-\(10 + $0 % 20),,2.50,USD"
        }
        try test.events(
            "user,item,type,time,event_id,value,currency\n" + rows.joined(separator: "\n") + "\n")
        var seen = 0
        let model = try test.store.buildPopulation(segmentCount: 2) { done, total in
            #expect(total == 40)
            seen = done
        }
        #expect(seen == 40 && model.userCount == 40 && model.segments.count == 2)
        #expect(try test.store.population() == model)
        let profile = try #require(try test.profile("u0"))
        #expect(model.segment(of: profile)?.name.hasSuffix("more Bakery") == true)
    }
}

@Suite struct UserReportTests {
    private static let day: Int64 = 86_400 * 1_000_000_000
    /// A Thursday, when a week begins.
    private static let now: Int64 = 20_006 * day

    private func profile(purchaseDaysAgo days: [Int64]) -> Profile {
        var fold = ProfileFold()
        for day in days {
            let event = Event(
                itemId: "bread", type: .purchase, unixNanoseconds: Self.now - day * Self.day,
                eventId: "\(day)", value: Money(micros: 2_500_000, currencyCode: "USD"),
                channel: "web")
            fold.add(
                EnrichedEvent(
                    event: event, vector: nil, category: "Bakery", brand: "Oven", unitPrice: nil))
        }
        return fold.profile(attributes: ["age": "35-44"])
    }

    private func report(_ days: [Int64], labels: DataLabels = .all) -> UserReport {
        UserReport(
            profile(purchaseDaysAgo: days).view(labels, in: nil), items: .empty, asOf: Self.now)
    }

    @Test func silenceIsHeldAgainstTheUsersOwnHabit() {
        let weekly: [Int64] = [7, 14, 21, 28, 35]
        #expect(report(weekly).churnRisk?.level == .low)
        #expect(report(weekly.map { $0 + 14 }).churnRisk?.level == .medium)
        #expect(report(weekly.map { $0 + 30 }).churnRisk?.level == .high)
        // The same silence of who comes once a quarter.
        #expect(report([37, 127, 217]).churnRisk?.level == .low)
        #expect(report([37]).churnRisk?.level == .unknown)
        let risk = report(weekly).churnRisk
        #expect(risk?.daysSincePurchase == 7 && risk?.usualDays == 7)
    }

    @Test func activityThatChangesIsNoticed() {
        // Twice a week in the last four weeks, once in the eight before.
        let rising = (1...28).filter { $0 % 7 < 2 } + (29...84).filter { $0 % 7 == 0 }
        #expect(report(rising.map(Int64.init)).trend?.direction == .rising)
        #expect(report((1...84).map { Int64($0) }).trend?.direction == .steady)
        #expect(report((40...84).map { Int64($0) }).trend?.direction == .falling)
        #expect(report([1, 50]).trend?.direction == .unknown)
        #expect(report([]).trend == nil && report([]).summary.isEmpty)
    }

    @Test func sentencesSayWhatTheNumbersDo() {
        let report = report([7, 14, 21])
        #expect(
            report.summary == [
                "Bought 3 times on 3 days, 7.50 USD in all and 2.50 USD at a time.",
                "Last bought 7 days ago, usually every 7 days: low risk of having left.",
                "Likes Bakery (100%); brands Oven (100%); mostly at prices of 2-5 (100%).",
                "Most active at 0:00 to 1:00 UTC and on Thursdays, most by web.",
            ])
    }

    @Test func whatACallerMayNotSeeIsInNoSentence() {
        let words = report([7, 14, 21], labels: DataLabels([.activity])).summary.joined()
        #expect(!words.contains("USD") && !words.contains("prices") && words.contains("Bakery"))
        #expect(report([7, 14, 21], labels: DataLabels([.demographic])).summary.isEmpty)
        #expect(report([7, 14, 21], labels: DataLabels([.demographic])).churnRisk == nil)
    }
}
