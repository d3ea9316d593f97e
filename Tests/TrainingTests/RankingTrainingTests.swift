import Base
import Foundation
import Inference
import Store
import Testing

@testable import Ranking
@testable import Training

/// Heads from a small shop: they learn, they serve what they were trained on, they say why.
@Suite struct RankingTrainingTests {
    private static let shop = RandomShop(seed: 5)

    /// Made once for all tests that only look.
    private struct Made: Sendable {
        var heads: [RankingHeadKind: FittedRanking]
        var test: RankingTest
    }

    private static let made = Result {
        let experiment = try shop.experiment()
        return Made(
            heads: Dictionary(
                uniqueKeysWithValues: RankingHeadKind.allCases.map { ($0, experiment.fit($0)) }),
            test: try experiment.test())
    }

    private static func made(_ kind: RankingHeadKind) throws -> (FittedRanking, RankingTest) {
        let made = try made.get()
        return (try #require(made.heads[kind]), made.test)
    }

    @Test(arguments: RankingHeadKind.allCases)
    func aHeadLearnsWhatUsersBuyAgain(kind: RankingHeadKind) throws {
        let (fitted, test) = try Self.made(kind)
        let results = try test.results(test.baselines + [test.scored(fitted)])
        func ndcg(_ name: String) -> Double {
            results.first { $0.name == name && $0.task == .next }?.metrics.ndcgAt10.value ?? 0
        }
        #expect(ndcg("Rankwire \(kind)") > ndcg("popularity") + 0.1)
        let check = test.checkExplanations(of: fitted, count: 2_000)
        #expect(check.pairCount == 2_000)
        #expect(check.largestGap <= 1e-5)
        #expect(check.movedRightShare >= 0.95)
        // Nobody came by a channel here.
        #expect(fitted.droppedFeatures.contains("channel_share"))
    }

    /// A ranking of the server's kind reads the very numbers that the test's rows hold.
    @Test(arguments: RankingHeadKind.allCases)
    func onlineEqualsOffline(kind: RankingHeadKind) throws {
        let (fitted, test) = try Self.made(kind)
        let scores = test.scored(fitted).scores
        let ranker = Ranker(model: fitted.model, table: test.block.table)
        for (index, question) in test.rows.questions.enumerated() {
            var fold = ProfileFold()
            let history = Self.shop.histories[question.user]
            for event in history.events.prefix(question.eventCount) { fold.add(event) }
            let rows = test.rows.starts[index]..<test.rows.starts[index + 1]
            var candidates = CandidateList()
            for (place, row) in rows.enumerated() {
                candidates.append(row: Int(test.rows.items[row]), requestIndex: place)
            }
            let ranked = ranker.rank(
                Subject(
                    profile: fold.profile(attributes: history.attributes),
                    context: RequestContext(unixNanoseconds: question.unixNanoseconds)),
                table: test.block.table, candidates: candidates, limit: 0, explain: rows.count)
            let explanation = try #require(ranked.explanation)
            let read = fitted.model.head.features
            let width = explanation.featureNames.count
            for (place, ranking) in ranked.rows.enumerated() {
                let row = rows.lowerBound + ranking.candidate
                #expect(ranking.logit == scores[row])
                for (column, feature) in read.enumerated() {
                    #expect(
                        explanation.values[place * width + column]
                            == test.rows.features[row][feature])
                }
                let contributions = explanation.contributions[
                    place * width..<(place + 1) * width]
                #expect(abs(contributions.reduce(explanation.bias, +) - ranking.logit) <= 1e-5)
            }
        }
    }

    @Test func theSameSeedGivesTheSameHead() throws {
        let (first, _) = try Self.made(.additive)
        let second = try Self.shop.experiment().fit(.additive)
        #expect(first.model.head == second.model.head)
        var options = RandomShop.options
        options.seed = 2
        #expect(
            try Self.shop.experiment(options: options).fit(.additive).model.head != first.model.head
        )
    }

    /// Nothing after the test's begin is in a head: cut off, it is the same to the last bit.
    @Test func aHeadDoesNotKnowWhatCameAfter() throws {
        let (full, _) = try Self.made(.additive)
        let past = Self.shop.events.cut(before: RandomShop.times.testFromUnixNanoseconds)
        let cut = try RankingExperiment(
            past, times: RandomShop.times, options: RandomShop.options, bundleVersion: "v1",
            progress: { _, _ in }, log: { _ in }
        ).fit(.additive)
        #expect(cut.model.head == full.model.head)
        #expect(cut.model.statistics.neighbours == full.model.statistics.neighbours)
        #expect(cut.model.statistics.columns == full.model.statistics.columns)
    }

    @Test func aPlantedLeakIsCaught() throws {
        let events = Self.shop.events
        let times = RandomShop.times
        let block = RankingBlock(events, span: times.choiceSpan)
        var options = RowOptions()
        options.candidateCount = 30
        func rows() -> RankingRows {
            RowBuilder(
                events: events, block: block, horizon: times.horizonNanoseconds, options: options
            ).rows { _ in }
        }
        let check = LeakCheck(events: events, horizon: times.horizonNanoseconds)
        try check.run(rows(), block: block)
        // The basket itself is folded into the profile.
        options.lookAheadNanoseconds = 1
        let fault = #expect(throws: Fault.self) { try check.run(rows(), block: block) }
        #expect(fault?.reason == "FEATURES_SEE_THE_FUTURE")
        #expect(fault?.message.contains("item_days_since") == true)
        // Statistics of a later day.
        options.lookAheadNanoseconds = 0
        var later = times.choiceSpan
        later.start += 20 * RandomShop.day
        let counted = RankingBlock(events, span: later)
        let leaking = RankingBlock(events, span: times.choiceSpan, statistics: counted.statistics)
        let seen = RowBuilder(
            events: events, block: leaking, horizon: times.horizonNanoseconds, options: options
        ).rows { _ in }
        let second = #expect(throws: Fault.self) { try check.run(seen, block: leaking) }
        #expect(second?.message.contains("recent_popularity") == true)
    }

    // MARK: Damage

    @Test func whatNothingCanBeLearntFromIsRefused() throws {
        var rows = RankingRows()
        #expect(throws: Fault.self) { try RankingExperiment.check(rows, "training") }
        rows.labels = [1, .nan]
        #expect(throws: Fault.self) { try RankingExperiment.check(rows, "training") }
        rows.labels = [0, 0]
        #expect(throws: Fault.self) { try RankingExperiment.check(rows, "training") }
        rows.labels = [1, 1]
        let fault = #expect(throws: Fault.self) {
            try RankingExperiment.check(rows, "training")
        }
        #expect(fault?.reason == "NOTHING_TO_LEARN")
        rows.labels = [1, 0]
        try RankingExperiment.check(rows, "training")
        // A time in which nobody came.
        var times = RandomShop.times
        times.trainUntilUnixNanoseconds = 400 * RandomShop.day
        times.testFromUnixNanoseconds = 500 * RandomShop.day
        #expect(throws: Fault.self) {
            try RankingExperiment(
                Self.shop.events, times: times, options: RandomShop.options, bundleVersion: "v1",
                progress: { _, _ in }, log: { _ in })
        }
    }

    @Test func scoresThatDoNotFitTheTestAreRefused() throws {
        let (_, test) = try Self.made(.additive)
        for scores in [[Float](), [Float](repeating: .nan, count: test.rowCount)] {
            #expect(throws: Fault.self) {
                try test.results([
                    ScoredTest(name: "other", scores: scores, isProbability: false)
                ])
            }
        }
    }

    @Test(arguments: RankingHeadKind.allCases)
    func headsComeBackFromTheirFiles(kind: RankingHeadKind) throws {
        let (fitted, _) = try Self.made(kind)
        let path = FileManager.default.temporaryDirectory.appending(
            path: "ranking-\(kind)-\(UInt64.random(in: 0...UInt64.max)).head"
        ).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try RankingHeadFile.write(fitted.model, to: path)
        let read = try #require(try RankingHeadFile.read(path, bundleVersion: "v1"))
        #expect(read.head == fitted.model.head)
        #expect(read.origin == fitted.model.origin)
        #expect(read.statistics.columns == fitted.model.statistics.columns)
        #expect(read.statistics.neighbours == fitted.model.statistics.neighbours)
        #expect(read.statistics.attributeLifts == fitted.model.statistics.attributeLifts)
        let fault = #expect(throws: Fault.self) {
            try RankingHeadFile.read(path, bundleVersion: "v2")
        }
        #expect(fault?.reason == "HEAD_UNREADABLE")
        let bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
        var random = SeededRandom(seed: 3)
        for _ in 0..<40 {
            let count = Int.random(in: 0..<bytes.count, using: &random)
            try Data(bytes[..<count]).write(to: URL(filePath: path))
            #expect(throws: Fault.self) { try RankingHeadFile.read(path, bundleVersion: "v1") }
            var damaged = bytes
            damaged[count] ^= 1
            try Data(damaged).write(to: URL(filePath: path))
            #expect(throws: Fault.self) { try RankingHeadFile.read(path, bundleVersion: "v1") }
        }
        #expect(try RankingHeadFile.read(path + ".none", bundleVersion: "v1") == nil)
    }
}
