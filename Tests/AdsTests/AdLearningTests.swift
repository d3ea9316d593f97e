import Base
import Foundation
import Ranking
import Store
import Testing

@testable import Ads

@Suite struct AdLearningTests {
    /// A world in which the click depends on one name alone.
    private static func examples(
        _ count: Int, seed: UInt64, rates: [Double] = [0.05, 0.4], from start: Int = 0
    ) -> [AdExample] {
        var random = SeededRandom(seed: seed)
        return (start..<start + count).map { number in
            let name = number % rates.count
            let clicked = Double.random(in: 0..<1, using: &random) < rates[name]
            return AdExample(
                terms: [
                    AdTerm(
                        feature: .category,
                        slot: AdSlots.slot(.category, level: AdSlots.hash("\(name)")), value: 1)
                ], clicked: clicked, converted: false, shownAt: Int64(number),
                closesAt: Int64(number) + 1)
        }
    }

    private static var quick: LearningOptions {
        var options = LearningOptions()
        options.l2 = 0.01
        options.alpha = 0.3
        return options
    }

    @Test func ratesAreLearnt() {
        var learner = AdLearner(options: Self.quick)
        for example in Self.examples(20_000, seed: 1) { learner.learn(example) }
        for (name, rate) in [(0, Float(0.05)), (1, 0.4)] {
            let terms = Self.examples(2, seed: 1)[name].terms
            #expect(abs(learner.probability(of: .click, terms) - rate) < 0.2 * rate)
        }
        #expect(learner.exampleCount(.click) == 20_000)
        #expect(learner.learntThrough == 20_000)
    }

    @Test func groupsAreFittedWhateverTheirOrder() {
        var random = SeededRandom(seed: 5)
        let groups = (0..<40).map { Self.examples(256, seed: UInt64($0)) }
        var learner = AdLearner(options: Self.quick)
        var shuffled = learner
        for group in groups {
            learner.learn(group)
            shuffled.learn(group.shuffled(using: &random))
        }
        for (name, rate) in [(0, Float(0.05)), (1, 0.4)] {
            let terms = Self.examples(2, seed: 1)[name].terms
            let found = learner.probability(of: .click, terms)
            #expect(abs(found - rate) < 0.15 * rate)
            #expect(abs(found - shuffled.probability(of: .click, terms)) < 5e-3)
        }
        #expect(learner.exampleCount(.click) == 40 * 256)
        #expect(learner.learntThrough == shuffled.learntThrough)
    }

    @Test func whatHasSeenMuchIsMovedLittle() {
        var learner = AdLearner(options: Self.quick)
        let terms = Self.examples(2, seed: 1)[0].terms
        func moved() -> Float {
            var later = learner
            later.learn(Self.examples(64, seed: 9, rates: [0.5, 0.5]))
            return abs(
                later.probability(of: .click, terms) - learner.probability(of: .click, terms))
        }
        learner.learn(Self.examples(256, seed: 1))
        let early = moved()
        for seed in 2...60 { learner.learn(Self.examples(256, seed: UInt64(seed))) }
        #expect(moved() < early / 4)
    }

    @Test func negativesThatWereLeftOutAreMadeUpFor() {
        var learner = AdLearner(options: Self.quick)
        var random = SeededRandom(seed: 4)
        for var example in Self.examples(60_000, seed: 2) {
            if !example.clicked {
                guard Double.random(in: 0..<1, using: &random) < 0.2 else { continue }
                example.weight = 5
            }
            learner.learn(example)
        }
        let terms = Self.examples(2, seed: 1)[1].terms
        #expect(abs(learner.probability(of: .click, terms) - 0.4) < 0.08)
    }

    @Test func aCopyOfOnePassPredictsTheSame() {
        var learner = AdLearner(options: Self.quick)
        learner.startFromNothing(.click)
        for example in Self.examples(2_000, seed: 1) { learner.learn(example) }
        var scaled = learner
        scaled.continueOnline(passCount: 10, alpha: 0.02)
        for terms in Self.examples(2, seed: 1).map(\.terms) {
            let difference =
                learner.probability(of: .click, terms) - scaled.probability(of: .click, terms)
            #expect(abs(difference) < 1e-5)
        }
        #expect(scaled.exampleCount(.click) == 200)
    }

    @Test func theModelSaysWhatTheLearnerSays() {
        var learner = AdLearner(options: Self.quick)
        for example in Self.examples(500, seed: 1) { learner.learn(example) }
        let model = learner.model(version: "v")
        for example in Self.examples(2, seed: 1) {
            let logit = model.logits(example.terms).x
            let expected = learner.probability(of: .click, example.terms)
            #expect(abs(AdModel.probability(logit: logit) - expected) < 1e-6)
        }
    }

    // MARK: The file

    private static func state() -> AdModelState {
        var learner = AdLearner(options: quick)
        learner.startFromNothing(.conversion)
        for example in examples(300, seed: 3) { learner.learn(example) }
        return AdModelState(learner, bundleVersion: "bundle", origin: "head")
    }

    @Test func aModelComesBackAsItWas() throws {
        let path = NSTemporaryDirectory() + "ads-\(UUID().uuidString).head"
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try AdModelFile.read(path, bundleVersion: "bundle") == nil)
        let version = try AdModelFile.write(Self.state(), to: path)
        let found = try #require(try AdModelFile.read(path, bundleVersion: "bundle"))
        #expect(found.learner == Self.state().learner)
        #expect(found.version == version)
        #expect(found.origin == "head")
        let fault = #expect(throws: Fault.self) {
            try AdModelFile.read(path, bundleVersion: "other")
        }
        #expect(fault?.message.contains("train it again") == true)
    }

    @Test func everyDamageIsNoticed() throws {
        let bytes = try AdModelFile.bytes(of: Self.state())
        for position in stride(from: 0, to: bytes.count, by: 7) {
            var damaged = bytes
            damaged[position] ^= 1 << (position % 8)
            #expect(throws: Fault.self) {
                try AdModelFile.decode(damaged, bundleVersion: "bundle", path: "p")
            }
            #expect(throws: Fault.self) {
                try AdModelFile.decode(
                    Array(bytes[..<position]), bundleVersion: "bundle", path: "p")
            }
        }
    }

    // MARK: The guard

    @Test func whatIsLearntTakesOver() {
        var guarded = GuardedLearner(AdLearner(options: Self.quick))
        let verdicts = Self.examples(2_560, seed: 1).compactMap { guarded.learn($0) }
        #expect(verdicts.count == 10)
        #expect(!verdicts.contains { $0 != .promoted })
        #expect(guarded.good == guarded.learner)
        #expect(guarded.good.exampleCount(.click) == 2_560)
    }

    @Test func aBurstOfForgedClicksIsRefused() {
        var guarded = GuardedLearner(AdLearner(options: Self.quick))
        for example in Self.examples(2_560, seed: 1) { _ = guarded.learn(example) }
        let good = guarded.good
        let forged = Self.examples(256, seed: 2, rates: [1, 0], from: 2_560)
        let verdict = forged.compactMap { guarded.learn($0) }.first
        guard case .refused = verdict else {
            Issue.record("the burst took over: \(String(describing: verdict))")
            return
        }
        let terms = forged[0].terms
        #expect(guarded.good.probability(of: .click, terms) == good.probability(of: .click, terms))
        #expect(guarded.learner == guarded.good)
        #expect(guarded.good.learntThrough == 2_816)
        #expect(guarded.refusedCount == 1)
    }

    @Test func aNumberThatIsNoneIsRefused() {
        var guarded = GuardedLearner(AdLearner(options: Self.quick))
        for example in Self.examples(256, seed: 1) { _ = guarded.learn(example) }
        var broken = Self.examples(1, seed: 1)[0]
        broken.terms = [AdTerm(feature: .category, slot: 1, value: .nan)]
        _ = guarded.learn(broken)
        guard case .refused = guarded.check() else {
            Issue.record("a weight that is no number took over")
            return
        }
        #expect(guarded.good.isFinite)
    }
}
