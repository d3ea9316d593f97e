import Base
import Testing

@testable import Store

@Suite struct SeasonalSpikesTests {
    /// A year of days: weekends are twice as busy, all grows by half, and counts scatter as
    /// purchases do.
    private func year(seed: UInt64) -> [Double] {
        var random = SeededRandom(seed: seed)
        return (0..<365).map { day in
            let mean = (day % 7 >= 5 ? 400.0 : 200) * (1 + Double(day) / 730)
            // The sum of twelve uniforms is about normal.
            let normal = (0..<12).reduce(-6.0) { sum, _ in
                sum + Double.random(in: 0..<1, using: &random)
            }
            return (mean + 1.5 * mean.squareRoot() * normal).rounded()
        }
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func seasonsAndGrowthAreNoSpikes(seed: UInt64) {
        #expect(SeasonalSpikes.find(in: year(seed: seed), period: 7) == [])
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func plantedSpikesAreFoundAndNothingElse(seed: UInt64) throws {
        var series = year(seed: seed)
        // A weekday as busy as a weekend, two busy days side by side, a day of silence.
        series[100] *= 2
        series[200] *= 1.9
        series[201] *= 1.9
        series[300] = 0
        let spikes = SeasonalSpikes.find(in: series, period: 7)
        #expect(spikes.map(\.position) == [100, 200, 201, 300])
        #expect(spikes.map { $0.score > 0 } == [true, true, true, false])
        let usual = try #require(spikes.first).usual
        #expect(abs(usual - series[100] / 2) < 0.35 * usual)
    }

    /// The same number, on the day on which it is usual and on another.
    @Test func theDayDecidesWhatIsUsual() {
        var series = (0..<140).map { $0 % 7 == 6 ? 900.0 : 100 }
        #expect(SeasonalSpikes.find(in: series, period: 7) == [])
        series[73] = 900
        #expect(SeasonalSpikes.find(in: series, period: 7).map(\.position) == [73])
    }

    @Test func tooLittleToCompareIsNoSpike() {
        #expect(SeasonalSpikes.find(in: [], period: 7) == [])
        #expect(SeasonalSpikes.find(in: [1, 1, 900], period: 7) == [])
        #expect(SeasonalSpikes.find(in: [Double](repeating: 0, count: 90), period: 7) == [])
    }
}

@Suite struct BehaviourReportTests {
    private static let day: Int64 = 86_400 * 1_000_000_000
    /// 2024-01-01, a Monday.
    private static let monday: Int64 = 19_723 * day

    private func event(
        _ type: EventType, day: Int, hour: Int = 12, category: String = "", query: String = ""
    ) -> EnrichedEvent {
        EnrichedEvent(
            event: Event(
                itemId: "i", type: type,
                unixNanoseconds: Self.monday + Int64(day) * Self.day + Int64(hour) * Self.day / 24,
                query: query),
            vector: nil, category: category, brand: "", unitPrice: nil)
    }

    private func report(
        _ window: BehaviourWindow, _ users: [[EnrichedEvent]]
    ) -> BehaviourReport {
        var counts = BehaviourCounts(window: window)
        for events in users {
            for event in events { counts.add(event) }
            counts.finishUser()
        }
        return BehaviourReport(counts)
    }

    /// Ten purchases and searches a day for twelve weeks; on one day everybody wants barbecues.
    private var shop: [[EnrichedEvent]] {
        (0..<10).map { user in
            (0..<84).flatMap { day in
                [
                    event(.purchase, day: day, category: user < 5 ? "Bakery > Bread" : "Dairy"),
                    event(.search, day: day, query: "search \(user)"),
                ]
                    + (day == 40
                        ? (0..<6).flatMap { _ in
                            [
                                event(.purchase, day: day, category: "Garden > Barbecues"),
                                event(.search, day: day, query: "Barbecue"),
                            ]
                        } : [])
            }
        }
    }

    @Test func whoWasThereAndWhatTheyDidIsCountedByWindow() {
        let report = report(.day, shop)
        #expect(report.userCount == 10 && report.eventCount == 2 * 840 + 120)
        #expect(report.types == [.purchase, .search] && report.rows.count == 84)
        #expect(report.rows[0].unixNanoseconds == Self.monday)
        #expect(report.rows[0].activeUsers == 10 && report.rows[0].counts == [10, 10])
        #expect(report.rows[40].activeUsers == 10 && report.rows[40].counts == [70, 70])
        let weeks = self.report(.week, shop).rows
        #expect(weeks.count == 12 && weeks[0].counts == [70, 70])
        #expect(weeks.allSatisfy { $0.activeUsers == 10 })
        #expect(weeks[0].unixNanoseconds == Self.monday)
        let hours = self.report(.hour, shop).rows
        #expect(hours[0].unixNanoseconds == Self.monday + Self.day / 2)
        #expect(hours[0].counts == [10, 10] && hours[1].counts == [0, 0])
    }

    @Test(arguments: [BehaviourWindow.day, .hour])
    func aPlantedSpikeIsFoundWithWhatMadeIt(window: BehaviourWindow) {
        let spikes = report(window, shop).spikes
        #expect(spikes.map(\.type) == [.purchase, .search])
        for spike in spikes {
            #expect(spike.count == 70 && spike.usual == 10 && spike.score > 5)
            let start = Self.monday + 40 * Self.day
            #expect(spike.unixNanoseconds == start + (window == .hour ? Self.day / 2 : 0))
        }
        #expect(spikes[0].query == "" && spikes[0].category == "Garden")
        #expect(spikes[1].query == "barbecue" && spikes[1].category == "")
    }

    /// What few have searched for could point at somebody.
    @Test func rareSearchesAreNotNamed() {
        let users = (0..<4).map { user in
            (0..<84).map { event(.search, day: $0, query: "a\(user)") }
                + (0..<(user == 0 ? 40 : 0)).map { event(.search, day: 40, query: "b\($0)") }
        }
        let spikes = report(.day, users).spikes
        #expect(spikes.count == 1 && spikes.allSatisfy { $0.query.isEmpty })
    }

    @Test func categoriesThatComeAndGoAreToldFromGrowthOfAll() throws {
        // All doubles after twelve weeks; Baby doubles once more, Deli stays as it was.
        let users = [
            (0..<112).flatMap { day -> [EnrichedEvent] in
                let isLate = day >= 84
                let counts = [
                    "Baby": isLate ? 40 : 10, "Deli": isLate ? 10 : 10,
                    "Rest": isLate ? 150 : 80,
                ]
                return counts.sorted { $0.key < $1.key }.flatMap { name, count in
                    (0..<count).map { _ in event(.view, day: day, category: "\(name) > x") }
                }
            }
        ]
        let report = report(.day, users)
        #expect(report.trendDays == 28)
        let trends = Dictionary(
            uniqueKeysWithValues: report.categoryTrends.map { ($0.category, $0) })
        #expect(report.categoryTrends.map(\.category) == ["Baby", "Deli", "Rest"])
        #expect(trends["Baby"]?.change == 1 && trends["Deli"]?.change == -0.5)
        #expect(trends["Baby"]?.recentCount == 40 * 28 && trends["Baby"]?.earlierCount == 280)
        #expect(trends["Baby"]?.course == [70, 70, 70, 70, 280, 280, 280, 280])
        #expect(abs(try #require(trends["Rest"]?.change)) < 0.1)
    }

    @Test func nothingHappenedIsAReportToo() {
        let empty = report(.day, [])
        #expect(empty.rows.isEmpty && empty.spikes.isEmpty && empty.categoryTrends.isEmpty)
        let one = report(.hour, [[event(.view, day: 0, category: "a")]])
        #expect(one.rows.count == 1 && one.spikes.isEmpty && one.trendDays == 0)
    }

    @Test func theJournalOfAStoreIsCounted() throws {
        let test = try TestStore()
        try test.items("item,title,category\na,Bread,Bakery > Bread\n")
        try test.events(
            """
            user,item,type,time,query
            u,a,purchase,2024-01-01T10:00:00Z,
            u,a,view,2024-01-03T10:00:00Z,
            v,a,purchase,2024-01-01T11:00:00Z,

            """)
        let report = try test.store.behaviour(by: .day) { _, _ in }
        #expect(report.userCount == 2 && report.eventCount == 3)
        #expect(report.types == [.view, .purchase])
        #expect(report.rows.map(\.counts) == [[0, 2], [0, 0], [1, 0]])
        #expect(report.rows.map(\.activeUsers) == [2, 0, 1])
        #expect(report.categoryTrends.map(\.category) == ["Bakery"])
    }
}
