public import Ads
internal import Base

/// Fits the response model to examples, all at hand at once.
public struct AdTrainer: Sendable {
    /// `l2` is against the losses of one pass.
    public var options: LearningOptions
    /// How often the examples are read, each time in another order; over the second half weights are
    /// averaged.
    public var passCount: Int
    public var seed: UInt64
    /// Examples from one look at the weights to the next.
    private static let examplesPerAverage = 8
    /// Positives without which an outcome is not learnt from nothing but beside what was set by hand.
    public static let minPositives = 20

    public init(options: LearningOptions = .offline, passCount: Int = 10, seed: UInt64 = 1) {
        self.options = options
        self.passCount = passCount
        self.seed = seed
    }

    /// Outcomes of which there are too few are left as they were set by hand.
    public func fit(_ examples: [AdExample]) -> AdLearner {
        var options = options
        options.l2 *= Float(passCount)
        var learner = AdLearner(options: options)
        let learnt = AdOutcome.allCases.filter { outcome in
            examples.count(where: { $0.happened(outcome) }) >= Self.minPositives
        }
        for outcome in learnt { learner.startFromNothing(outcome) }
        var averages = learnt.map { WeightAverage($0, of: examples) }
        var random = SeededRandom(seed: seed)
        var order = Array(examples.indices)
        for pass in 0..<passCount {
            order.shuffle(using: &random)
            for (number, index) in order.enumerated() {
                learner.learn(examples[index], learnt)
                guard pass >= passCount / 2, number % Self.examplesPerAverage == 0 else { continue }
                for average in averages.indices { averages[average].add(learner) }
            }
        }
        for average in averages { average.apply(to: &learner) }
        return learner
    }
}

extension LearningOptions {
    /// Chosen on the later campaigns of the Complete Journey data's first two thirds.
    public static var offline: LearningOptions {
        var options = LearningOptions()
        options.alpha = 0.1
        options.l2 = 32
        return options
    }
}
