/// The mean of the weights that learning passes through, which lies nearer to where it goes than the last
/// of them does (Polyak & Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992).
public struct WeightAverage: Sendable {
    private let outcome: AdOutcome
    private let slots: [Int32]
    private var sums: [Double]
    private var biasSum = 0.0
    private var count = 0

    /// - Parameter examples: whose weights there are.
    public init(_ outcome: AdOutcome, of examples: [AdExample]) {
        self.outcome = outcome
        var used: Set<Int32> = []
        for example in examples {
            for term in example.terms {
                used.insert(term.slot)
                if term.kindSlot >= 0 { used.insert(term.kindSlot) }
            }
        }
        slots = used.sorted()
        sums = Array(repeating: 0, count: slots.count)
    }

    public mutating func add(_ learner: AdLearner) {
        let now = learner.weights(of: outcome, at: slots)
        for (index, weight) in now.weights.enumerated() { sums[index] += Double(weight) }
        biasSum += Double(now.bias)
        count += 1
    }

    /// Puts the mean in the place of the weights. Nothing without any.
    public func apply(to learner: inout AdLearner) {
        guard count > 0 else { return }
        learner.set(
            outcome, bias: Float(biasSum / Double(count)),
            weights: sums.map { Float($0 / Double(count)) }, at: slots)
    }
}
