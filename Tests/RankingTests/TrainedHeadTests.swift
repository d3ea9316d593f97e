import Base
import Inference
import Store
import Testing

@testable import Ranking

/// Heads as training writes them, with random numbers in them.
@Suite struct TrainedHeadTests {
    private static let moment: Int64 = 17_500 * 86_400 * 1_000_000_000

    /// A model of either kind for a table: everything random, every feature read.
    private func model(
        _ world: inout RandomWorld, table: ItemTable, isNetwork: Bool
    ) -> RankingModel {
        func number(_ size: Float = 1) -> Float {
            Float.random(in: -size...size, using: &world.random)
        }
        func numbers(_ count: Int, _ size: Float = 1) -> [Float] {
            (0..<count).map { _ in number(size) }
        }
        let head: RankingHead
        if isNetwork {
            let (units, second) = (PerceptronHead.unitCount, PerceptronHead.secondUnitCount)
            let width = units * RandomWorld.dimension
            head = .perceptron(
                PerceptronHead(
                    dimension: RandomWorld.dimension,
                    weights: PerceptronHead.Weights(
                        means: numbers(FeatureVector.count),
                        scales: numbers(FeatureVector.count).map { $0.magnitude + 0.1 },
                        features: numbers(FeatureVector.count * units, 0.3),
                        user: numbers(width, 0.5), item: numbers(width, 0.5),
                        product: numbers(width), biases: numbers(units),
                        second: numbers(units * second, 0.3), secondBiases: numbers(second),
                        output: numbers(second, 0.5), outputBias: number())))
        } else {
            let axes = FeatureSchema.features.enumerated().map {
                ShapeHead.Axis(
                    feature: $0, low: $1.range.lowerBound, high: $1.range.upperBound)
            }
            head = .shapes(
                ShapeHead(
                    bias: number(4),
                    shapes: axes.map {
                        ShapeHead.Shape(axis: $0, values: numbers(ShapeHead.knotCount))
                    },
                    pairs: (0..<6).map {
                        ShapeHead.Pair(
                            first: axes[$0], second: axes[$0 + 7],
                            values: numbers(ShapeHead.pairKnotCount * ShapeHead.pairKnotCount))
                    }))
        }
        return RankingModel(
            head: head, statistics: statistics(&world, table: table),
            origin: RankingModel.Origin(
                bundleVersion: "v1", trainedUntilUnixNanoseconds: Self.moment, seed: 1,
                questionCount: 0, rowCount: 0))
    }

    private func statistics(_ world: inout RandomWorld, table: ItemTable) -> ItemStatistics {
        let ids = (0..<table.count).filter { _ in world.chance(70) }.map { table.id(at: $0) }
        let width = ItemStatistics.neighbourCount
        return ItemStatistics(
            asOfUnixNanoseconds: Self.moment, itemIds: ids,
            columns: ids.map { _ in
                ItemStatistics.Columns(
                    recent: Int.random(in: 0...50, using: &world.random), largestRecent: 50,
                    long: Int.random(in: 50...300, using: &world.random), historyDays: 400,
                    buyers: 30, repeaters: Int.random(in: 0...30, using: &world.random),
                    ageDays: Int.random(in: 0...90, using: &world.random),
                    idleDays: Int.random(in: 0...90, using: &world.random),
                    newcomers: Int.random(in: 0...20, using: &world.random), largestNewcomers: 20,
                    categoryLong: Int.random(in: 300...3_000, using: &world.random))
            },
            neighbours: (0..<ids.count * width).map {
                $0 % width < 9 ? Int32.random(in: 0..<Int32(ids.count), using: &world.random) : -1
            },
            similarities: (0..<ids.count * width).map {
                $0 % width < 9 ? 0.5 - Float($0 % width) / 20 : 0
            },
            tastes: ids.map { _ in
                SIMD32((0..<32).map { _ in Float.random(in: -0.2...0.2, using: &world.random) })
            }, attributeLifts: ["age=old": ["category1": 0.4, "category3": -0.3]])
    }

    private func buyer(_ world: inout RandomWorld, table: ItemTable) -> Subject {
        var profile = world.subject().profile
        profile.eventCount = 30
        profile.attributes = ["age": "old"]
        profile.activity.channels = ["web": 20]
        profile.rfm.purchaseCount = 30
        profile.rfm.purchaseDayCount = 9
        profile.rfm.lastPurchaseUnixNanoseconds = Self.moment - 3 * 86_400 * 1_000_000_000
        for row in stride(from: 0, to: table.count, by: 4) {
            let days = 1 + row % 3
            profile.boughtItems.append(
                BoughtItem(
                    itemId: table.id(at: row),
                    record: PurchaseRecord(
                        dayCount: days, firstDay: 17_400, lastDay: 17_400 + 20 * (days - 1)),
                    share: 0.05))
        }
        profile.boughtCategories = [
            "category1": PurchaseRecord(dayCount: 4, firstDay: 17_400, lastDay: 17_490)
        ]
        return Subject(
            profile: profile,
            context: RequestContext(unixNanoseconds: Self.moment, channel: "web"))
    }

    @Test(arguments: 0..<20, [false, true])
    func explanationsAddUp(seed: UInt64, isNetwork: Bool) throws {
        var world = RandomWorld(seed: 7_000 + seed)
        let table = world.table(count: 60)
        let ranker = Ranker(
            model: model(&world, table: table, isNetwork: isNetwork), table: table)
        let subject = buyer(&world, table: table)
        let candidates = world.candidates(of: table, count: 80, inlinePercent: 30)
        let ranked = ranker.rank(
            subject, table: table, candidates: candidates, limit: 0, explain: 80)
        let explanation = try #require(ranked.explanation)
        let width = explanation.featureNames.count
        #expect(width == FeatureVector.count + (isNetwork ? 1 : 0))
        for (index, row) in ranked.rows.enumerated() {
            let cells = index * width..<(index + 1) * width
            let sum = explanation.contributions[cells].reduce(explanation.bias, +)
            #expect(abs(sum - row.logit) <= 1e-5)
            for (feature, value) in zip(FeatureSchema.features, explanation.values[cells]) {
                #expect(feature.range.contains(value), "\(feature.name) is \(value)")
            }
        }
    }

    /// Scoring features that are known gives what ranking gives.
    @Test(arguments: 0..<10, [false, true])
    func knownFeaturesScoreAlike(seed: UInt64, isNetwork: Bool) {
        var world = RandomWorld(seed: 8_000 + seed)
        let table = world.table(count: 40)
        let model = model(&world, table: table, isNetwork: isNetwork)
        let subject = buyer(&world, table: table)
        let candidates = world.candidates(of: table, count: 40, inlinePercent: 0)
        let ranked = Ranker(model: model, table: table).rank(
            subject, table: table, candidates: candidates, limit: 0, explain: 0)
        var extractor = FeatureExtractor(
            subject: subject, table: table, candidates: candidates,
            statistics: BoundStatistics(model.statistics, table: table))
        var scorer = FeatureScorer(
            head: model.head, interest: subject.profile.interest, vectors: table.vectors)
        for row in ranked.rows {
            let place = candidates.rows[row.candidate]
            let logit = scorer.logit(
                extractor.features(of: place), vectorRow: table.vectorRows[Int(place)])
            #expect(logit == row.logit)
        }
    }

    @Test func ownPurchasesAreReadAsOfTheMoment() throws {
        var world = RandomWorld(seed: 3)
        let table = world.table(count: 12)
        let model = model(&world, table: table, isNetwork: false)
        let subject = buyer(&world, table: table)
        var candidates = CandidateList()
        for row in [8, 1] { candidates.append(row: row, requestIndex: 9 - row) }
        var extractor = FeatureExtractor(
            subject: subject, table: table, candidates: candidates,
            statistics: BoundStatistics(model.statistics, table: table))
        func value(_ name: String, _ row: Int32) throws -> Float {
            extractor.features(of: row)[try #require(FeatureSchema.index(of: name))]
        }
        // Row 8 was bought on 3 days, 20 apart, the last time 60 days ago.
        #expect(abs(try value("item_purchases", 8) - 1.3863) < 1e-4)
        #expect(abs(try value("item_days_since", 8) - 4.1109) < 1e-4)
        #expect(abs(try value("item_interval", 8) - 3.0445) < 1e-4)
        #expect(abs(try value("item_due", 8) - 1.5614) < 1e-3)
        // Row 1 never.
        #expect(try value("item_purchases", 1) == 0)
        #expect(try value("item_days_since", 1) == DayLogarithm.never)
        #expect(try value("item_due", 1) == -4)
        #expect(try value("weekday", 1) == Float((17_500 + 3) % 7))
        #expect(try value("hour", 1) == 0)
        #expect(abs(try value("channel_share", 1) - 20.0 / 30) < 1e-6)
    }

    @Test func aCounterfactualCrossesTheRankItNames() throws {
        var world = RandomWorld(seed: 21)
        let table = world.table(count: 50)
        let model = model(&world, table: table, isNetwork: false)
        let ranker = Ranker(model: model, table: table)
        let candidates = world.candidates(of: table, count: 50, inlinePercent: 0)
        var job = ranker.start(
            buyer(&world, table: table), table: table, candidates: candidates,
            RankingRequest(limit: 10, explain: 10, counterfactualRank: 5))
        let ranked = job.rank(candidates.count)
        let explanation = try #require(ranked.explanation)
        let width = explanation.featureNames.count
        guard case .shapes(let head) = model.head else { return }
        let threshold = (ranked.rows[4].logit + ranked.rows[5].logit) / 2
        for (index, change) in explanation.counterfactuals.enumerated() {
            let change = try #require(change)
            var features = FeatureVector.missing
            for column in 0..<width {
                features[column] = explanation.values[index * width + column]
            }
            let place = try #require(FeatureSchema.index(of: change.featureName))
            #expect(features[place] == change.fromValue)
            #expect(FeatureSchema.features[place].range.contains(change.toValue))
            features[place] = change.toValue
            #expect((head.logit(features) >= threshold) != (index < 5))
        }
    }

    @Test func coldStartIsSaid() throws {
        var world = RandomWorld(seed: 22)
        let table = world.table(count: 20)
        let model = model(&world, table: table, isNetwork: false)
        var candidates = CandidateList()
        for row in 0..<20 { candidates.append(row: row, requestIndex: row) }
        let stranger = Ranker(model: model, table: table).rank(
            Subject(profile: Profile()), table: table, candidates: candidates, limit: 0,
            explain: 20)
        let reasons = try #require(stranger.explanation).reasons
        #expect(reasons.allSatisfy { $0.isNewUser && $0.boughtItemIds.isEmpty })
        for (row, reason) in zip(stranger.rows, reasons) {
            #expect(
                reason.isNewItem == (model.statistics.row(of: table.id(at: row.candidate)) == nil))
        }
        let buyer = buyer(&world, table: table)
        let known = try #require(
            Ranker(model: model, table: table).rank(
                buyer, table: table, candidates: candidates, limit: 0, explain: 20
            ).explanation)
        let own = Set(
            buyer.profile.boughtItems.map(\.itemId) + buyer.profile.recentItems.map(\.itemId))
        #expect(known.reasons.contains { !$0.boughtItemIds.isEmpty })
        #expect(
            known.reasons.allSatisfy { !$0.isNewUser && $0.boughtItemIds.allSatisfy(own.contains) })
    }
}
