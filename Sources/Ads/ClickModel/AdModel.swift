/// Weights of the response model: the logits of a click and of a conversion (a redemption or purchase),
/// each given that the ad is shown, are bias + the sum of weight * value over an ad's terms. Immutable.
public final class AdModel: Sendable {
    /// Click and conversion side by side: one look into the table serves both.
    public typealias Pair = SIMD2<Float>

    public let bias: Pair
    /// By slot.
    private let weights: [Pair]
    /// A bit a slot, whether it has weights: most have none, and these bits are nearer than those.
    private let used: [UInt64]
    /// Names the state it was made from; the same name, the same weights.
    public let version: String

    /// - Precondition: `weights` has `AdSlots.count` finite pairs.
    init(bias: Pair, weights: [Pair], version: String) {
        precondition(weights.count == AdSlots.count, "a weight for every slot")
        self.bias = bias
        self.weights = weights
        self.version = version
        var used = [UInt64](repeating: 0, count: (weights.count + 63) / 64)
        for (slot, weight) in weights.enumerated() where weight != .zero {
            used[slot >> 6] |= 1 << UInt64(slot & 63)
        }
        self.used = used
    }

    /// What a term weighs, its value not yet in it.
    func weight(_ term: AdTerm) -> Pair {
        let shared = weight(slot: Int(term.slot))
        return term.kindSlot < 0 ? shared : shared + weight(slot: Int(term.kindSlot))
    }

    private func weight(slot: Int) -> Pair {
        used[slot >> 6] >> UInt64(slot & 63) & 1 == 0 ? .zero : weights[slot]
    }

    public func logits(_ terms: [AdTerm]) -> Pair {
        var sum = bias
        for term in terms { sum += weight(term) * term.value }
        return sum
    }

    /// Before there was anything to learn from. The click's part is what was set by hand before there
    /// was training: the bias is a click rate of 1%, about that of display advertising, and likeness
    /// adds to it. One click in twenty converts.
    public static let handSet = AdModel(prior: [.click, .conversion].map(AdPrior.handSet))

    convenience init(prior: [AdPrior]) {
        var weights = [Pair](repeating: .zero, count: AdSlots.count)
        for (lane, prior) in prior.enumerated() {
            for (slot, weight) in prior.weights { weights[Int(slot)][lane] = weight }
        }
        self.init(
            bias: Pair(prior[0].bias, prior[1].bias), weights: weights, version: "hand-set")
    }
}

public enum AdOutcome: Int, Sendable, CaseIterable {
    case click
    case conversion

    public var name: String { self == .click ? "click" : "conversion" }
}

extension AdModel.Pair {
    public var click: Float { self[AdOutcome.click.rawValue] }
    public var conversion: Float { self[AdOutcome.conversion.rawValue] }
}

/// Where learning starts from: what is learnt is added to it.
struct AdPrior: Sendable, Equatable {
    var bias: Float = 0
    var weights: [Int32: Float] = [:]

    static let none = AdPrior()

    static func handSet(_ outcome: AdOutcome) -> AdPrior {
        let weights: [(AdFeature, Float)] = [
            (.interestSimilarity, 1.0), (.nearestInterestSimilarity, 0.8),
            (.categoryAffinity, 0.6), (.brandAffinity, 0.4), (.priceFit, 0.3),
        ]
        return AdPrior(
            bias: outcome == .click ? -4.5 : -7.5,
            weights: Dictionary(
                uniqueKeysWithValues: weights.map {
                    (AdSlots.slot($0.0, level: AdSlots.number), $0.1)
                }))
    }
}
