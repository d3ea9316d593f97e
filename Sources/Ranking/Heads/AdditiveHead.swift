/// The simplest head, of the base features: logit = bias + sum of weight * value, probability =
/// logistic(logit). Each
/// product is the feature's contribution, and the sum runs in the schema's order, so a score is its
/// explanation and has the same bits wherever it is computed.
public struct AdditiveHead: Sendable, Equatable {
    public let name: String
    /// The constant term, in logits.
    public let bias: Float
    /// Logits per unit of each of `FeatureSchema.base`; the rest is not read.
    public let weights: FeatureVector

    public static let featureCount = 6

    /// - Precondition: `bias` and all weights are finite; one weight a base feature.
    public init(name: String, bias: Float, weights: [Float]) {
        precondition(weights.count == Self.featureCount, "\(name): one weight a feature")
        precondition(
            bias.isFinite && weights.allSatisfy(\.isFinite), "\(name): weights must be finite")
        var vector = FeatureVector(repeating: 0)
        for (index, weight) in weights.enumerated() { vector[index] = weight }
        self.name = name
        self.bias = bias
        self.weights = vector
    }

    /// What each feature adds to the logit.
    public func contributions(_ features: FeatureVector) -> FeatureVector {
        var products = FeatureVector(repeating: 0)
        for index in 0..<Self.featureCount { products[index] = features[index] * weights[index] }
        return products
    }

    /// Bias plus contributions, first to last.
    public func logit(_ features: FeatureVector) -> Float {
        var sum = bias
        for index in 0..<Self.featureCount { sum += features[index] * weights[index] }
        return sum
    }

    /// logistic(logit), 0 to 1.
    public static func probability(logit: Float) -> Float { Exponential.logistic(logit) }
}

extension AdditiveHead {
    /// Whether the user wants an item. Set by hand, not trained. An item of middling popularity for a
    /// stranger is at 3%; for a user who takes such things (similar to the interest by 0.5, to the
    /// nearest item by 0.8, in the favourite category) it is at 73%. Likeness to one past item
    /// counts most, because people buy again what they bought.
    public static let preference = AdditiveHead(
        name: "preference", bias: -4.5,
        weights: [
            2.0,  // interest_similarity
            2.5,  // nearest_item_similarity
            1.5,  // category_affinity
            0.75,  // brand_affinity
            0.5,  // price_fit
            1.5,  // popularity
        ])
}
