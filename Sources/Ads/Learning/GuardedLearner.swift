#if canImport(Glibc)
    private import Glibc
#endif

/// Learning behind a guard. What learns is not what answers: every so many examples the weights that
/// learn are compared with the last good ones, and either become those or start again from them.
///
/// Every example is predicted by both before it is learnt (progressive validation, Blum, Kalai & Langford,
/// 1999). The weights that learn are refused when
/// - a number in them is none,
/// - they predicted the examples worse than the last good ones, by more than chance would, or
/// - they have forgotten: they predict a sample of earlier examples worse by a tenth, as after a burst
///   of forged clicks.
public struct GuardedLearner: Sendable {
    public enum Verdict: Sendable, Equatable {
        case promoted
        case refused(String)
    }

    /// Examples of one comparison.
    public static let examplesPerCheck = 256
    /// Examples that are fitted together, from the weights that were good before them.
    private static let maxGroup = 256
    /// After so many the group is fitted again.
    private static let examplesPerFit = 32
    /// Earlier examples that must not be forgotten: a fair sample (reservoir, Vitter 1985).
    private static let maxRemembered = 512
    /// Standard errors by which predictions may be worse.
    private static let tolerance = 3.0
    private static let maxForgetting = 1.1
    /// Earlier examples without which forgetting is not judged.
    private static let minRemembered = 64

    public private(set) var learner: AdLearner
    /// What answers.
    public private(set) var good: AdLearner
    /// What was good before the group.
    private var anchor: AdLearner
    public private(set) var promotedCount = 0
    public private(set) var refusedCount = 0
    private var differences = Moments()
    private var group: [AdExample] = []
    /// Of the group, that are in the good weights.
    private var judgedCount = 0
    private var remembered: [AdExample] = []
    private var rememberedOf = 0
    private var draw: UInt64 = 0x9E37_79B9_7F4A_7C15

    public init(_ learner: AdLearner) {
        self.learner = learner
        good = learner
        anchor = learner
    }

    /// Examples that were learnt since the last comparison.
    private var freshCount: Int { group.count - judgedCount }

    /// Learns an example; a verdict when it was the last of a comparison.
    public mutating func learn(_ example: AdExample) -> Verdict? {
        let weight = Double(example.weight)
        differences.add(
            weight * (Self.loss(learner, example) - Self.loss(good, example)))
        group.append(example)
        if group.count % Self.examplesPerFit == 0 { fit() }
        return freshCount >= Self.examplesPerCheck || group.count >= Self.maxGroup ? check() : nil
    }

    private mutating func fit() {
        let through = learner.learntThrough
        learner = anchor
        learner.learn(group)
        learner.advance(to: through)
    }

    /// All examples that close by a moment were learnt, whether there were any or none.
    public mutating func advance(to unixNanoseconds: Int64) {
        learner.advance(to: unixNanoseconds)
        if freshCount == 0 { good.advance(to: unixNanoseconds) }
    }

    /// Compares now, with however many examples there are.
    public mutating func check() -> Verdict? {
        if freshCount == 0 { return nil }
        if group.count % Self.examplesPerFit != 0 { fit() }
        defer { differences = Moments() }
        if let reason = fault() {
            // What was refused is not learnt again.
            good.advance(to: learner.learntThrough)
            learner = good
            group.removeLast(freshCount)
            refusedCount += 1
            return .refused(reason)
        }
        good = learner
        promotedCount += 1
        for example in group[judgedCount...] { remember(example) }
        judgedCount = group.count
        if group.count >= Self.maxGroup {
            anchor = good
            group = []
            judgedCount = 0
        }
        return .promoted
    }

    private func fault() -> String? {
        guard learner.isFinite else { return "a weight is no number" }
        if differences.count > 1, differences.mean > Self.tolerance * differences.standardError {
            return "it predicted worse by \(differences.mean) nats an example"
        }
        guard remembered.count >= Self.minRemembered else { return nil }
        let before = remembered.reduce(0) { $0 + Self.loss(good, $1) }
        let after = remembered.reduce(0) { $0 + Self.loss(learner, $1) }
        return after > before * Self.maxForgetting
            ? "it predicts earlier examples worse: \(after / before) times the loss" : nil
    }

    private mutating func remember(_ example: AdExample) {
        rememberedOf += 1
        if remembered.count < Self.maxRemembered {
            remembered.append(example)
            return
        }
        draw ^= draw << 13
        draw ^= draw >> 7
        draw ^= draw << 17
        let place = Int(draw % UInt64(rememberedOf))
        if place < remembered.count { remembered[place] = example }
    }

    /// Of both outcomes together, in nats.
    private static func loss(_ learner: AdLearner, _ example: AdExample) -> Double {
        AdOutcome.allCases.reduce(0) { sum, outcome in
            let probability = Double(learner.probability(of: outcome, example.terms))
            let held = min(max(probability, 1e-7), 1 - 1e-7)
            return sum - log(example.happened(outcome) ? held : 1 - held)
        }
    }
}

/// Mean and spread by the incremental method (West, Communications of the ACM, 1979).
private struct Moments {
    private(set) var count = 0
    private(set) var mean = 0.0
    private var squares = 0.0

    mutating func add(_ value: Double) {
        count += 1
        let delta = value - mean
        mean += delta / Double(count)
        squares += delta * (value - mean)
    }

    var standardError: Double { (squares / Double(count - 1) / Double(count)).squareRoot() }
}
