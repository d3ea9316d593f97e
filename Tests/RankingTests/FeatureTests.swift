import Base
import Inference
import Store
import Testing

@testable import Ranking

@Suite struct FeatureTests {
    private let unitX = Int8Vector(quantizing: [1, 0, 0, 0])
    private let unitY = Int8Vector(quantizing: [0, 1, 0, 0])

    private func features(_ subject: Subject, _ item: Item, _ vector: Int8Vector?) -> FeatureVector
    {
        var candidates = CandidateList()
        candidates.append(EncodedItem(item, vector: vector), requestIndex: 0)
        // A table with the encoder's dimension, as every catalogue has.
        let table = ItemTable(
            items: [Item(id: "other")], vectors: Int8VectorTable(dimension: 4, rows: [unitX]),
            vectorRows: [0], popularity: [0])
        var extractor = FeatureExtractor(subject: subject, table: table, candidates: candidates)
        return extractor.features(of: ~0)
    }

    @Test func namesAreUniqueAndMissingValuesAreInRange() {
        #expect(FeatureSchema.features.count == FeatureVector.count)
        #expect(Set(FeatureSchema.names).count == FeatureVector.count)
        for feature in FeatureSchema.features {
            #expect(feature.range.contains(feature.missing))
            #expect(feature.admit(.nan) == feature.missing)
            #expect(feature.admit(.infinity) == feature.missing)
            #expect(feature.admit(99) == feature.range.upperBound)
        }
    }

    /// Families write by their first place in the schema.
    @Test func familiesAreWhereTheyWrite() {
        for (start, features) in [
            (ItemHistory.start, ItemHistory.features),
            (CategoryHistory.start, CategoryHistory.features),
            (CoOccurrence.start, CoOccurrence.features), (ItemMarket.start, ItemMarket.features),
            (UserActivity.start, UserActivity.features),
            (AttributeLift.start, [AttributeLift.feature]),
            (RequestTraits.start, RequestTraits.features),
        ] {
            #expect(Array(FeatureSchema.features[start..<start + features.count]) == features)
        }
    }

    @Test func similaritiesSeeTheInterestAndTheNearestOfManyItems() {
        var profile = Profile()
        profile.interest = unitX
        profile.recentItems = [unitX, unitY].map {
            Profile.RecentItem(itemId: "a", unixNanoseconds: 0, vector: $0)
        }
        let seen = features(Subject(profile: profile), Item(id: "i"), unitY)
        #expect(seen[0] == 0)
        #expect(abs(seen[1] - 1) < 1e-5)
    }

    @Test func theTextOfAnInlineUserIsHalfOfTheInterestAndARecentItem() {
        var profile = Profile()
        profile.interest = unitX
        let both = features(Subject(profile: profile, text: unitY), Item(id: "i"), unitY)
        #expect(abs(both[0] - 0.7071) < 0.01)
        #expect(abs(both[1] - 1) < 1e-5)
        let alone = features(Subject(profile: Profile(), text: unitY), Item(id: "i"), unitY)
        #expect(abs(alone[0] - 1) < 1e-5)
    }

    @Test func vectorsOfAnotherEncoderCountAsMissing() {
        var profile = Profile()
        profile.interest = Int8Vector(quantizing: [1, 0])
        let seen = features(Subject(profile: profile), Item(id: "i"), unitX)
        #expect(seen[0] == 0 && seen[1] == 0)
        let foreign = features(
            Subject(profile: Profile(), text: unitX), Item(id: "i"), Int8Vector(quantizing: [1, 0]))
        #expect(foreign[0] == 0 && foreign[1] == 0)
    }

    @Test func affinityIsTheRootOfTheShareRelativeToTheFavourite() {
        var profile = Profile()
        profile.categoryAffinity = ["dairy": 0.4, "bread": 0.1, "broken": .nan]
        func affinity(_ category: String) -> Float {
            features(Subject(profile: profile), Item(id: "i", category: category), nil)[2]
        }
        #expect(affinity("dairy") == 1)
        #expect(abs(affinity("bread") - 0.5) < 1e-6)
        #expect(affinity("broken") == 0)
        #expect(affinity("fish") == 0)
        #expect(affinity("") == 0)
    }

    @Test func priceFitIsHighestAtTheMeanAndFallsWithTheRatio() {
        func fit(_ logPrice: Float, _ mean: Float?, _ deviation: Float) -> Float {
            PriceFit.value(logPrice: logPrice, mean: mean, deviation: deviation)
        }
        #expect(fit(1, 1, 0.5) == 1)
        #expect(abs(fit(1.5, 1, 0.5) - 0.60653) < 1e-5)
        #expect(fit(0.5, 1, 0.5) == fit(1.5, 1, 0.5))
        #expect(fit(1.35, 1, 0) == fit(1.35, 1, PriceFit.deviationFloor))
        #expect(fit(.nan, 1, 0.5) == 0.5)
        #expect(fit(1, nil, 0.5) == 0.5)
        #expect(fit(1, 1, .nan) == 1)
        #expect((0...1e-30).contains(fit(80, -80, 0.35)))
    }

    @Test func equalTextsShareTheirSimilaritiesAndCodesResolve() {
        var world = RandomWorld(seed: 5)
        let table = world.table(count: 200)
        let subject = world.subject()
        let candidates = world.candidates(of: table, count: 200, inlinePercent: 0)
        var shared = FeatureExtractor(subject: subject, table: table, candidates: candidates)
        for row in candidates.rows {
            var single = CandidateList()
            single.append(row: Int(row), requestIndex: 0)
            var alone = FeatureExtractor(subject: subject, table: table, candidates: single)
            #expect(shared.features(of: row).array == alone.features(of: row).array)
        }
    }

    @Test(arguments: 0..<10) func probesGiveTheBitsOfTheDotProduct(seed: UInt64) {
        var world = RandomWorld(seed: 300 + seed)
        let dimension = Int.random(in: 1...70, using: &world.random)
        let rows = (0..<9).map { _ in world.vector(dimension: dimension) }
        let table = Int8VectorTable(dimension: dimension, rows: rows)
        for others in 0...5 {
            let first = seed % 2 == 0 ? world.vector(dimension: dimension) : nil
            let vectors = (0..<others).map { _ in world.vector(dimension: dimension) }
            let probes = VectorProbes(dimension: dimension, first: first, others: vectors)
            var several = [VectorProbes.Similarities](
                repeating: VectorProbes.Similarities(), count: 4)
            var found = several.mutableSpan
            probes.compare(rows: [7, 0, 7].span, of: table, into: &found)
            #expect(several[..<3] == [several[0], probes.similarities(to: rows[0]), several[0]])
            #expect(several[0] == probes.similarities(to: rows[7]))
            #expect(several[3] == VectorProbes.Similarities(), "only as many as were asked for")
            for (index, row) in rows.enumerated() {
                let similarities = probes.similarities(toRow: index, of: table)
                #expect(similarities == probes.similarities(to: row))
                #expect(similarities.first == first.map { table.dot($0, row: index) })
                #expect(similarities.first == first.map { row.dot($0) })
                #expect(similarities.nearest == vectors.map { row.dot($0) }.max())
                #expect(similarities.nearest == vectors.map { table.dots($0)[index] }.max())
            }
        }
    }
}
