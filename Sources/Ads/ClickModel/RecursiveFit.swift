// What new examples make of weights that others made: the weights at which the new examples' loss and
// the pull back to the old weights are least together. A weight is held the harder the more it has seen
// (the diagonal of the Laplace approximation: Spiegelhalter & Lauritzen, "Sequential Updating of
// Conditional Probabilities on Directed Graphical Structures", 1990; Chapelle & Li, "An Empirical
// Evaluation of Thompson Sampling", 2011, algorithm 3).

/// One outcome's weights fitted to a group of examples, by Newton's steps along one coordinate after the
/// other (Genkin, Lewis & Madigan, "Large-Scale Bayesian Logistic Regression for Text Categorization",
/// 2007). No learning rate, no chance: the same examples, the same weights.
struct RecursiveFit {
    /// Where a coordinate's values are.
    private struct Entry {
        let example: Int32
        let value: Float
    }

    private static let maxSweeps = 30
    /// The largest step of a sweep below which it was the last.
    private static let tolerance: Float = 1e-3
    /// A step is no longer: far from the goal, the curvature at hand says little.
    private static let longestStep: Float = 1

    private var logits: [Float]
    private let outcomes: [Float]
    private let weights: [Float]
    private var slots: [Int32] = []
    private var columns: [[Entry]] = []

    /// - Parameter state: what was learnt before.
    init(_ examples: [AdExample], _ outcome: AdOutcome, from state: FollowTheRegularizedLeader) {
        logits = examples.map { state.logit($0.terms) }
        outcomes = examples.map { $0.happened(outcome) ? 1 : 0 }
        weights = examples.map(\.weight)
        var places: [Int32: Int] = [:]
        for (number, example) in examples.enumerated() {
            for term in example.terms where term.value != 0 {
                for slot in [term.slot, term.kindSlot] where slot >= 0 {
                    let place = places[slot] ?? slots.count
                    if place == slots.count {
                        places[slot] = place
                        slots.append(slot)
                        columns.append([])
                    }
                    columns[place].append(Entry(example: Int32(number), value: term.value))
                }
            }
        }
    }

    /// Moves the state's weights, and lets it remember how much they have seen.
    mutating func run(on state: inout FollowTheRegularizedLeader) {
        var moved = [Float](repeating: 0, count: slots.count)
        var movedBias: Float = 0
        let pulls = slots.map { state.pull(slot: $0) }
        let biasPull = state.biasPull
        let everyone = logits.indices.map { Entry(example: Int32($0), value: 1) }
        for _ in 0..<Self.maxSweeps {
            var longest = step(everyone, &movedBias, biasPull)
            for place in slots.indices {
                longest = max(longest, step(columns[place], &moved[place], pulls[place]))
            }
            if longest < Self.tolerance { break }
        }
        state.take(
            bias: (movedBias, squares(everyone)),
            slots: slots.indices.map { (slots[$0], moved[$0], squares(columns[$0])) })
        state.exampleCount += outcomes.count
        state.positiveCount += outcomes.count(where: { $0 == 1 })
    }

    /// - Returns: its length.
    private mutating func step(_ column: [Entry], _ moved: inout Float, _ pull: Float) -> Float {
        var gradient = pull * moved
        var curvature = pull
        for entry in column {
            let example = Int(entry.example)
            let probability = AdModel.probability(logit: logits[example])
            let value = entry.value * weights[example]
            gradient += (probability - outcomes[example]) * value
            curvature += probability * (1 - probability) * value * entry.value
        }
        guard curvature > 0 else { return 0 }
        let step = min(max(-gradient / curvature, -Self.longestStep), Self.longestStep)
        moved += step
        for entry in column { logits[Int(entry.example)] += step * entry.value }
        return step.magnitude
    }

    /// Of the gradients where the weights are now.
    private func squares(_ column: [Entry]) -> Float {
        column.reduce(0) { sum, entry in
            let example = Int(entry.example)
            let probability = AdModel.probability(logit: logits[example])
            let gradient =
                (probability - outcomes[example]) * entry.value * weights[example]
            return sum + gradient * gradient
        }
    }
}
