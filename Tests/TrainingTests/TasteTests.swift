import Base
import Testing

@testable import Ranking
@testable import Training

/// Vectors of items from who bought them.
@Suite struct TasteTests {
    private static let itemCount = 160

    /// Users of two kinds, each buying from a half of the items.
    private func baskets(_ random: inout SeededRandom, users: Int) -> [[Int32]] {
        (0..<users).map { user in
            let first = user % 2 * Self.itemCount / 2
            return (first..<first + Self.itemCount / 2)
                .filter { _ in Float.random(in: 0..<1, using: &random) < 0.5 }.map(Int32.init)
        }
    }

    @Test func whatTheSamePeopleBuyIsNear() throws {
        var random = SeededRandom(seed: 3)
        let bought = baskets(&random, users: 120)
        let tastes = TasteDecomposition(bought, itemCount: Self.itemCount).run()
        // In any order of users, with some who bought nothing.
        let others = (bought + [[], []]).shuffled(using: &random)
        #expect(tastes == TasteDecomposition(others, itemCount: Self.itemCount).run())
        let statistics = ItemStatistics(
            asOfUnixNanoseconds: 0, itemIds: (0..<Self.itemCount).map { "i\($0)" },
            columns: tastes.map { _ in
                ItemStatistics.Columns(
                    recent: 1, largestRecent: 1, long: 1, historyDays: 1, buyers: 1, repeaters: 0,
                    ageDays: 0, idleDays: 0, newcomers: 0, largestNewcomers: 0, categoryLong: 1)
            },
            neighbours: [Int32](
                repeating: -1, count: Self.itemCount * ItemStatistics.neighbourCount),
            similarities: [Float](
                repeating: 0, count: Self.itemCount * ItemStatistics.neighbourCount),
            tastes: tastes, attributeLifts: [:])
        // Somebody who has half of the first kind's items.
        let direction = try #require(
            Taste.direction(of: (0..<40).map { (Int32($0), 1) }, statistics))
        let similarities = (0..<Int32(Self.itemCount)).map { row in
            var features = FeatureVector.missing
            Taste.fill(&features, row: row, direction: direction, statistics: statistics)
            return features[Taste.start + 1]
        }
        func mean(_ rows: Range<Int>) -> Float {
            similarities[rows].reduce(0, +) / Float(rows.count)
        }
        #expect(mean(40..<80) > mean(80..<160) + 0.05)
        #expect(similarities.allSatisfy { (-1...1).contains($0) })
        #expect(Taste.direction(of: [], statistics) == nil)
    }

    /// Fewer users than the vectors have numbers: nothing is said, rather than noise.
    @Test func tooFewUsersHaveNoTaste() {
        var random = SeededRandom(seed: 4)
        let tastes = TasteDecomposition(
            baskets(&random, users: 20), itemCount: Self.itemCount
        ).run()
        #expect(tastes.allSatisfy { $0 == .zero })
    }
}
