/// The smallest change of one feature that moves an item across a rank: out of the first so many, or into
/// them. "Smallest" is by share of the feature's range.
public struct Counterfactual: Sendable, Equatable {
    public var featureName: String
    public var fromValue: Float
    public var toValue: Float

    public init(featureName: String, fromValue: Float, toValue: Float) {
        self.featureName = featureName
        self.fromValue = fromValue
        self.toValue = toValue
    }

    private static let stepCount = 64
    private static let halvings = 16

    /// Nil where no one feature suffices.
    /// - Parameters:
    ///   - threshold: the logit that is to be crossed.
    ///   - features: that may be changed, by their place in the schema.
    ///   - logit: of changed features.
    static func find(
        _ features: FeatureVector, changeable: [Int], threshold: Float,
        logit: (FeatureVector) -> Float
    ) -> Counterfactual? {
        let isAbove = logit(features) >= threshold
        var best: (share: Float, index: Int, value: Float)?
        for index in changeable {
            let range = FeatureSchema.features[index].range
            let width = range.upperBound - range.lowerBound
            func crosses(_ value: Float) -> Bool {
                var changed = features
                changed[index] = value
                return (logit(changed) >= threshold) != isAbove
            }
            for end in [range.lowerBound, range.upperBound] {
                let start = features[index]
                var last = start
                for step in 1...stepCount {
                    let value = start + (end - start) * Float(step) / Float(stepCount)
                    let share = (last - start).magnitude / width
                    if let best, share >= best.share { break }
                    guard crosses(value) else {
                        last = value
                        continue
                    }
                    let found = narrowed(from: last, to: value, crosses)
                    let reached = (found - start).magnitude / width
                    if reached < best?.share ?? .infinity { best = (reached, index, found) }
                    break
                }
            }
        }
        return best.map {
            Counterfactual(
                featureName: FeatureSchema.names[$0.index], fromValue: features[$0.index],
                toValue: $0.value)
        }
    }

    /// The nearest value found that crosses, where `to` does and `from` does not.
    private static func narrowed(
        from: Float, to: Float, _ crosses: (Float) -> Bool
    ) -> Float {
        var (inside, outside) = (from, to)
        for _ in 0..<halvings {
            let middle = (inside + outside) / 2
            if crosses(middle) { outside = middle } else { inside = middle }
        }
        return outside
    }
}
