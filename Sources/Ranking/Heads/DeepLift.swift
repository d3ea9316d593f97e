// Contributions of a network's inputs by the Rescale rule (Shrikumar et al., "Learning important features
// through propagating activation differences", 2017): each unit passes on the difference of its output
// from the reference's in proportion to the differences of its inputs. They add up to the difference of
// the logits, whatever the input. In double precision, so that they still do when many cancel.

extension PerceptronHead {
    /// The logit of the reference: nothing is known, no vectors.
    var referenceLogit: Float { logit(sums: sums(of: .missing)) }

    /// Below this, the difference of a unit's input says nothing; its slope stands for it.
    private static let leastDifference = 1e-9

    /// - Parameter vectors: what the vectors add to the first layer.
    /// - Returns: what each feature, and what the vectors add to `referenceLogit`.
    func contributions(
        _ features: FeatureVector, vectors: SIMD64<Float>
    ) -> (features: FeatureVector, vectors: Float) {
        var reference = SIMD64<Double>(SIMD64(weights.biases))
        var sums = reference + SIMD64<Double>(vectors)
        for index in 0..<FeatureVector.count {
            let row = SIMD64<Double>(featureRows[index])
            reference += row * Double(standardised(.missing, index))
            sums += row * Double(standardised(features, index))
        }
        let multipliers = multipliers(sums, reference)
        var result = FeatureVector(repeating: 0)
        for index in 0..<FeatureVector.count {
            let difference = standardised(features, index) - standardised(.missing, index)
            if difference == 0 { continue }
            let slope = (SIMD64<Double>(featureRows[index]) * multipliers).sum()
            result[index] = Float(slope * Double(difference))
        }
        return (result, Float((SIMD64<Double>(vectors) * multipliers).sum()))
    }

    /// What a change of each sum of the first layer makes of the logit.
    private func multipliers(
        _ sums: SIMD64<Double>, _ reference: SIMD64<Double>
    ) -> SIMD64<Double> {
        var second = SIMD32<Double>(secondBiases)
        var secondReference = second
        for unit in 0..<Self.unitCount {
            let row = SIMD32<Double>(secondRows[unit])
            if sums[unit] > 0 { second += row * sums[unit] }
            if reference[unit] > 0 { secondReference += row * reference[unit] }
        }
        var outer = SIMD32<Double>.zero
        for unit in 0..<Self.secondUnitCount {
            outer[unit] = Self.slope(second[unit], secondReference[unit]) * Double(output[unit])
        }
        var inner = SIMD64<Double>.zero
        for unit in 0..<Self.unitCount {
            inner[unit] =
                Self.slope(sums[unit], reference[unit])
                * (SIMD32<Double>(secondRows[unit]) * outer).sum()
        }
        return inner
    }

    /// Difference of a rectified unit's outputs over that of its inputs.
    private static func slope(_ input: Double, _ reference: Double) -> Double {
        let difference = input - reference
        if difference.magnitude < leastDifference { return input > 0 ? 1 : 0 }
        return (max(input, 0) - max(reference, 0)) / difference
    }
}
