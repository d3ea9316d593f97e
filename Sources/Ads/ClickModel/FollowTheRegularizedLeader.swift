/// How fast and how far weights move.
public struct LearningOptions: Sendable, Equatable, Codable {
    /// Learning rate of a coordinate: alpha / (beta + sqrt(sum of its squared gradients)).
    public var alpha: Float = 0.1
    public var beta: Float = 1
    /// Weights whose evidence is smaller stay 0.
    public var l1: Float = 0
    /// Pulls weights to the prior, against the sum of all losses.
    public var l2: Float = 8

    public init() {}

    /// For learning as feedback comes, where the stream itself holds weights in place.
    public static var online: LearningOptions {
        var options = LearningOptions()
        options.alpha = 0.01
        options.l2 = 1
        return options
    }
}

/// FTRL-Proximal logistic regression with per-coordinate learning rates (McMahan et al., "Ad Click
/// Prediction: a View from the Trenches", KDD 2013, algorithm 1). An example of weight w counts as w
/// alike ones: negatives of which a part r was kept weigh 1 / r, so that probabilities stay those of all
/// (section 4.3 there). The bias is a coordinate that nothing pulls.
struct FollowTheRegularizedLeader: Sendable, Equatable {
    /// What a coordinate remembers: z of the paper, and the sum of squared gradients.
    struct Coordinate: Sendable, Equatable {
        var z: Float = 0
        var n: Float = 0
    }

    var options: LearningOptions
    var prior: AdPrior
    var bias = Coordinate()
    /// By slot.
    var coordinates: [Coordinate]
    /// Examples learnt, and those of them with the outcome.
    var exampleCount = 0
    var positiveCount = 0

    init(options: LearningOptions, prior: AdPrior) {
        self.options = options
        self.prior = prior
        coordinates = Array(repeating: Coordinate(), count: AdSlots.count)
    }

    /// Nothing was learnt: the prior alone answers.
    var isUntaught: Bool { exampleCount == 0 }

    /// How much what a weight has seen counts against further examples. Chosen on the later of the Complete
    /// Journey data's training campaigns.
    private static let recall: Float = 1
    /// Of the bias before it has seen anything.
    private static let leastBiasPull: Float = 1

    var biasWeight: Float { prior.bias + Self.weight(bias, options, l1: 0, l2: 0) }

    func weight(slot: Int32) -> Float {
        let learnt = Self.weight(
            coordinates[Int(slot)], options, l1: options.l1, l2: options.l2)
        return prior.weights.isEmpty ? learnt : learnt + (prior.weights[slot] ?? 0)
    }

    private static func weight(
        _ coordinate: Coordinate, _ options: LearningOptions, l1: Float, l2: Float
    ) -> Float {
        guard coordinate.z.magnitude > l1 else { return 0 }
        let rate = (options.beta + coordinate.n.squareRoot()) / options.alpha + l2
        return ((coordinate.z < 0 ? -l1 : l1) - coordinate.z) / rate
    }

    func logit(_ terms: [AdTerm]) -> Float {
        var sum = biasWeight
        for term in terms {
            sum += weight(slot: term.slot) * term.value
            if term.kindSlot >= 0 { sum += weight(slot: term.kindSlot) * term.value }
        }
        return sum
    }

    /// Learns one example; a probability of the outcome as it was before.
    @discardableResult
    mutating func learn(_ terms: [AdTerm], outcome: Bool, weight: Float) -> Float {
        let probability = AdModel.probability(logit: logit(terms))
        let gradient = (probability - (outcome ? 1 : 0)) * weight
        exampleCount += 1
        if outcome { positiveCount += 1 }
        let moved = biasWeight - prior.bias
        Self.update(&bias, gradient, moved, options.alpha)
        for term in terms {
            step(term.slot, gradient * term.value)
            if term.kindSlot >= 0 { step(term.kindSlot, gradient * term.value) }
        }
        return probability
    }

    private mutating func step(_ slot: Int32, _ gradient: Float) {
        let moved = Self.weight(
            coordinates[Int(slot)], options, l1: options.l1, l2: options.l2)
        Self.update(&coordinates[Int(slot)], gradient, moved, options.alpha)
    }

    private static func update(
        _ coordinate: inout Coordinate, _ gradient: Float, _ weight: Float, _ alpha: Float
    ) {
        let n = coordinate.n + gradient * gradient
        let sigma = (n.squareRoot() - coordinate.n.squareRoot()) / alpha
        coordinate.z += gradient - sigma * weight
        coordinate.n = n
    }

    /// Squared gradients and pull become those of one of `count` passes; z follows, so that weights stay.
    mutating func scaleDown(by count: Float, alpha: Float) {
        let used = coordinates.indices.filter { coordinates[$0].n > 0 }.map { Int32($0) }
        let weights = used.map { weight(slot: $0) }
        let biasWeight = biasWeight
        options.l2 /= count
        options.alpha = alpha
        for slot in used { coordinates[Int(slot)].n /= count }
        bias.n /= count
        set(biasWeight, weights, of: used)
        exampleCount = Int(Float(exampleCount) / count)
        positiveCount = Int(Float(positiveCount) / count)
    }

    /// Takes weights from elsewhere, such as an average; what is remembered of gradients stays.
    mutating func set(_ biasWeight: Float, _ weights: [Float], of slots: [Int32]) {
        for (slot, weight) in zip(slots, weights) {
            let index = Int(slot)
            coordinates[index].z = state(
                weight: weight - (prior.weights[slot] ?? 0), n: coordinates[index].n, options.l1,
                options.l2)
        }
        bias.z = state(weight: biasWeight - prior.bias, n: bias.n, 0, 0)
    }

    /// What holds a weight where it is against the losses of further examples.
    func pull(slot: Int32) -> Float {
        options.l2 + Self.recall * coordinates[Int(slot)].n
    }

    var biasPull: Float { max(Self.leastBiasPull, Self.recall * bias.n) }

    /// Weights as further examples moved them, and the squared gradients of those.
    mutating func take(
        bias moved: (by: Float, squares: Float),
        slots: [(slot: Int32, by: Float, squares: Float)]
    ) {
        let learnt = Self.weight(bias, options, l1: 0, l2: 0) + moved.by
        bias.n += moved.squares
        bias.z = state(weight: learnt, n: bias.n, 0, 0)
        for (slot, by, squares) in slots {
            let index = Int(slot)
            let learnt =
                Self.weight(coordinates[index], options, l1: options.l1, l2: options.l2) + by
            coordinates[index].n += squares
            coordinates[index].z = state(
                weight: learnt, n: coordinates[index].n, options.l1, options.l2)
        }
    }

    /// The z of which a weight is made.
    private func state(weight: Float, n: Float, _ l1: Float, _ l2: Float) -> Float {
        let rate = (options.beta + n.squareRoot()) / options.alpha + l2
        return -weight * rate - (weight < 0 ? -l1 : weight > 0 ? l1 : 0)
    }

    /// Whether every number is one.
    var isFinite: Bool {
        bias.z.isFinite && bias.n.isFinite
            && coordinates.allSatisfy { $0.z.isFinite && $0.n.isFinite }
    }
}
