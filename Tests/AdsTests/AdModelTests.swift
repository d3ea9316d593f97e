import Base
import Foundation
import Inference
import Ranking
import Store
import Testing

@testable import Ads

@Suite struct AdModelTests {
    @Test(arguments: [UInt64](1...4))
    func theFastWayGivesWhatTheTermsAddUpTo(seed: UInt64) throws {
        var world = ResponseWorld(seed: seed)
        let scoring = AdScoring(model: world.randomModel(), index: world.index)
        for isKnown in [true, false] {
            let subject = Subject(profile: world.profile(isKnown: isKnown))
            var scorer = AdScorer(scoring, subject, ResponseWorld.moment)
            let terms = ResponseTerms(subject, ResponseWorld.moment, index: world.index)
            for row in 0..<world.table.count {
                let expected = scoring.model.logits(terms.terms(of: .ad(row: row)))
                let found = scorer.logits(row: row)
                for lane in 0..<2 { #expect(abs(found[lane] - expected[lane]) < 1e-5) }
            }
        }
    }

    @Test(arguments: [UInt64](1...10))
    func manyAtOnceScoreAsTheirTermsAddUp(seed: UInt64) throws {
        var world = ResponseWorld(seed: seed, adCount: 200, campaignCount: 13)
        let scoring = AdScoring(
            model: world.randomModel(usedShare: 0.3), index: world.index)
        let version = ProfileVersion(world.profile())
        // What is kept beside the profile by the first serves the second.
        for _ in 0..<2 {
            var scorer = AdScorer(scoring, Subject(version), ResponseWorld.moment)
            let terms = ResponseTerms(
                Subject(profile: version.profile), ResponseWorld.moment, index: world.index)
            let rows = (0..<64).map { _ in Int32.random(in: -20..<200, using: &world.random) }
            var logits: [AdModel.Pair] = []
            scorer.prepare(rows)
            scorer.appendLogits(of: rows, to: &logits)
            #expect(logits.count == rows.count)
            for (row, found) in zip(rows, logits) where row >= 0 {
                let expected = scoring.model.logits(terms.terms(of: .ad(row: Int(row))))
                for lane in 0..<2 { #expect(abs(found[lane] - expected[lane]) < 1e-5) }
            }
        }
    }

    @Test func whatIsKeptOfAUserIsOfOneTable() throws {
        var (first, second) = (ResponseWorld(seed: 1), ResponseWorld(seed: 2, adCount: 90))
        let model = first.randomModel()
        let version = ProfileVersion(first.profile())
        for world in [first, second, first] {
            let scoring = AdScoring(model: model, index: world.index)
            var kept = AdScorer(scoring, Subject(version), ResponseWorld.moment)
            var new = AdScorer(
                scoring, Subject(profile: version.profile), ResponseWorld.moment)
            for row in 0..<60 { #expect(kept.logits(row: row) == new.logits(row: row)) }
        }
        _ = second.profile()
    }

    @Test func contributionsAddUpToTheLogit() throws {
        var world = ResponseWorld(seed: 9)
        let scoring = AdScoring(model: world.randomModel(), index: world.index)
        let subject = Subject(profile: world.profile())
        var scorer = AdScorer(scoring, subject, ResponseWorld.moment)
        let inline = Ad(
            id: "new", campaignId: "c1",
            creative: Item(id: "", category: "category 2", brand: "nobody's"),
            bid: Money(micros: 1, currencyCode: "USD"))
        let vector = ResponseWorld.vector(&world.random)
        for outcome in AdOutcome.allCases {
            var explanation = scorer.explanation(of: outcome)
            for row in [0, 3, 5, 17] { scorer.explain(row: row, outcome, in: &explanation) }
            scorer.explain(inline, vector: vector, outcome, in: &explanation)
            var logits = [0, 3, 5, 17].map { scorer.logits(row: $0)[outcome.rawValue] }
            logits.append(scorer.logits(of: inline, vector: vector)[outcome.rawValue])
            for (row, logit) in logits.enumerated() {
                let start = row * AdFeature.count
                let sum = explanation.contributions[start..<start + AdFeature.count].reduce(0, +)
                #expect(abs(explanation.bias + sum - logit) < 1e-5)
            }
        }
    }

    @Test func anAdOfTheRequestScoresAsTheSameAdOfTheCatalogue() throws {
        var world = ResponseWorld(seed: 5)
        let scoring = AdScoring(model: world.randomModel(), index: world.index)
        var scorer = AdScorer(scoring, Subject(profile: world.profile()), ResponseWorld.moment)
        for row in [1, 2, 8, 11] {
            let ad = world.table.ad(at: row)
            let inline = scorer.logits(of: ad, vector: world.table.creatives.vector(at: row))
            let stored = scorer.logits(row: row)
            for lane in 0..<2 { #expect(abs(inline[lane] - stored[lane]) < 1e-5) }
        }
    }

    @Test func whatNobodyHasJudgedIsNotRead() {
        var world = ResponseWorld(seed: 2)
        var profile = world.profile()
        let before = ResponseTerms(
            Subject(profile: profile), ResponseWorld.moment, index: world.index)
        profile.attributes["shoe"] = "39"
        profile.attributes["diagnosis"] = "gout"
        let after = ResponseTerms(
            Subject(profile: profile), ResponseWorld.moment, index: world.index)
        #expect(before.terms(of: .ad(row: 0)) == after.terms(of: .ad(row: 0)))
    }

    @Test func likenessMakesAClickLikelierBeforeAnythingIsLearnt() {
        var world = ResponseWorld(seed: 3)
        let scoring = AdScoring(model: .handSet, index: world.index)
        var profile = Profile()
        let stranger = Subject(profile: profile)
        let row = 8
        profile.interest = world.table.creatives.vector(at: row)
        profile.categoryAffinity = [world.table.ad(at: row).creative.category: 1]
        var cold = AdScorer(scoring, stranger, ResponseWorld.moment)
        var warm = AdScorer(scoring, Subject(profile: profile), ResponseWorld.moment)
        #expect(abs(AdModel.probability(logit: cold.logits(row: row).x) - 0.011) < 0.001)
        #expect(warm.logits(row: row).x > cold.logits(row: row).x + 1)
        #expect(warm.logits(row: row).y < warm.logits(row: row).x)
        _ = world.profile()
    }

    @Test func logarithmsAreRight() {
        var random = SeededRandom(seed: 1)
        for _ in 0..<10_000 {
            let x = exp(Double.random(in: -600...600, using: &random))
            #expect(abs(Logarithm.natural(x) - log(x)) < 4e-15 * max(1, abs(log(x))))
        }
        #expect(Logarithm.natural(1) == 0)
    }

    @Test func scalesAreHeldToTheirRange() {
        let scale = LogScale(unit: 10, full: 1_600)
        #expect(scale.value(0) == 0)
        #expect(scale.value(1_600) == 2)
        #expect(scale.value(1e300) == 2)
        #expect(scale.value(-.infinity) == 0)
        #expect(scale.value(.nan) == 0)
        #expect(scale.value(10) < scale.value(11))
    }
}
