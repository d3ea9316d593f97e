private import Ranking

/// What an impression came to. Made when its window has closed, from the events of the user.
public struct AdExample: Sendable, Equatable {
    public var terms: [AdTerm]
    public var clicked: Bool
    public var converted: Bool
    /// Unix nanoseconds of the impression.
    public var shownAt: Int64
    /// Unix nanoseconds at which what came of it was known.
    public var closesAt: Int64
    /// How many alike ones it stands for; above 1 for a negative of which others were left out.
    public var weight: Float = 1

    public init(
        terms: [AdTerm], clicked: Bool, converted: Bool, shownAt: Int64, closesAt: Int64,
        weight: Float = 1
    ) {
        self.terms = terms
        self.clicked = clicked
        self.converted = converted
        self.shownAt = shownAt
        self.closesAt = closesAt
        self.weight = weight
    }

    public func happened(_ outcome: AdOutcome) -> Bool {
        outcome == .click ? clicked : converted
    }
}

/// The state of learning: what weights are computed from and what more examples change. A value: a copy
/// is a snapshot.
public struct AdLearner: Sendable, Equatable {
    /// By `AdOutcome.rawValue`.
    var outcomes: [FollowTheRegularizedLeader]
    /// Unix nanoseconds; of the last example's close. What closed by then is in the weights.
    public private(set) var learntThrough: Int64 = .min

    /// Starts from the model that was set by hand.
    public init(options: LearningOptions = LearningOptions()) {
        outcomes = AdOutcome.allCases.map {
            FollowTheRegularizedLeader(options: options, prior: .handSet($0))
        }
    }

    init(outcomes: [FollowTheRegularizedLeader], learntThrough: Int64) {
        self.outcomes = outcomes
        self.learntThrough = learntThrough
    }

    /// Forgets what was set by hand of an outcome: for who has examples enough to do without.
    public mutating func startFromNothing(_ outcome: AdOutcome) {
        let options = outcomes[outcome.rawValue].options
        outcomes[outcome.rawValue] = FollowTheRegularizedLeader(options: options, prior: .none)
    }

    public func exampleCount(_ outcome: AdOutcome) -> Int {
        outcomes[outcome.rawValue].exampleCount
    }

    public func positiveCount(_ outcome: AdOutcome) -> Int {
        outcomes[outcome.rawValue].positiveCount
    }

    public func probability(of outcome: AdOutcome, _ terms: [AdTerm]) -> Float {
        AdModel.probability(logit: outcomes[outcome.rawValue].logit(terms))
    }

    /// - Parameter learnt: the outcomes it says something about.
    public mutating func learn(_ example: AdExample, _ learnt: [AdOutcome] = AdOutcome.allCases) {
        for outcome in learnt {
            outcomes[outcome.rawValue].learn(
                example.terms, outcome: example.happened(outcome), weight: example.weight)
        }
        learntThrough = max(learntThrough, example.closesAt)
    }

    /// The same of several, all at hand at once.
    public mutating func learn(
        _ examples: [AdExample], _ learnt: [AdOutcome] = AdOutcome.allCases
    ) {
        for outcome in learnt {
            var fit = RecursiveFit(examples, outcome, from: outcomes[outcome.rawValue])
            fit.run(on: &outcomes[outcome.rawValue])
        }
        for example in examples { learntThrough = max(learntThrough, example.closesAt) }
    }

    /// All that closed by a moment is in the weights, or is never to be.
    public mutating func advance(to unixNanoseconds: Int64) {
        learntThrough = max(learntThrough, unixNanoseconds)
    }

    /// Bias and weights of one outcome.
    func weights(of outcome: AdOutcome, at slots: [Int32]) -> (bias: Float, weights: [Float]) {
        let state = outcomes[outcome.rawValue]
        return (state.biasWeight, slots.map { state.weight(slot: $0) })
    }

    mutating func set(
        _ outcome: AdOutcome, bias: Float, weights: [Float], at slots: [Int32]
    ) {
        outcomes[outcome.rawValue].set(bias, weights, of: slots)
    }

    /// Goes on from a fit of several passes, whose every example counted so often: what remembers
    /// gradients is brought to one pass, and the weights stay.
    /// - Parameter alpha: the learning rate from here on.
    public mutating func continueOnline(passCount: Int, alpha: Float) {
        for index in outcomes.indices {
            outcomes[index].scaleDown(by: Float(passCount), alpha: alpha)
        }
    }

    /// The weights as they are now.
    public func model(version: String) -> AdModel {
        var weights = [AdModel.Pair](repeating: .zero, count: AdSlots.count)
        for (lane, outcome) in outcomes.enumerated() {
            for slot in 0..<AdSlots.count where outcome.coordinates[slot].n > 0 {
                weights[slot][lane] = outcome.weight(slot: Int32(slot))
            }
            for (slot, weight) in outcome.prior.weights
            where outcome.coordinates[Int(slot)].n == 0 { weights[Int(slot)][lane] = weight }
        }
        return AdModel(
            bias: AdModel.Pair(outcomes[0].biasWeight, outcomes[1].biasWeight), weights: weights,
            version: version)
    }

    public var isFinite: Bool { outcomes.allSatisfy(\.isFinite) }
}

extension AdModel {
    /// logistic(logit), 0 to 1.
    public static func probability(logit: Float) -> Float { Exponential.logistic(logit) }
}
