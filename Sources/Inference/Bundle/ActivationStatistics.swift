private import Foundation

/// Where a layer's matrix products take their input.
enum ActivationSite: Hashable {
    case projections(layer: Int)
    case attentionOutput(layer: Int)
    case up(layer: Int)
    case down(layer: Int)
}

/// What sample texts say of each site: the largest magnitude of each channel, and the Gram matrix.
struct ActivationStatistics {
    private var largest: [ActivationSite: [Float]] = [:]
    private var grams: [ActivationSite: GramMatrix] = [:]

    /// - Parameter values: rows of `width`.
    mutating func observe(_ site: ActivationSite, _ values: [Float], width: Int) {
        grams[site, default: GramMatrix(width: width)].observe(values)
        // Only layer norms' outputs are smoothed: they have channels far larger than the others,
        // and the kernel that makes them quantises them as it goes.
        switch site {
        case .attentionOutput, .down: return
        case .projections, .up: break
        }
        var channels = largest[site] ?? [Float](repeating: 0, count: width)
        for start in stride(from: 0, to: values.count, by: width) {
            for i in 0..<width { channels[i] = max(channels[i], abs(values[start + i])) }
        }
        largest[site] = channels
    }

    /// How to round the weights that take `site`'s input, already divided by `factors`; nil where
    /// nothing was observed.
    func rounding(_ site: ActivationSite, inputFactors factors: [Float]) -> CompensatedRounding? {
        guard var gram = grams[site] else { return nil }
        gram.flush()
        return CompensatedRounding(gram, inputFactors: factors)
    }

    /// SmoothQuant's factors (Xiao et al. 2022, equation 4): the input of a channel is divided by
    /// max|x|^a / max|w|^(1 - a), its weights multiplied, and both become easier to quantise. Their
    /// geometric mean is 1. All 1 where nothing was observed.
    ///
    /// `a` is 0.7: one channel of a layer norm's output is often ten times the others, and the
    /// weights, with a scale each row, bear the difference better than a token with one scale.
    func inputFactors(_ site: ActivationSite, _ linear: FloatLinear) -> [Float] {
        let strength: Float = 0.7
        guard let largest = largest[site] else {
            return [Float](repeating: 1, count: linear.depth)
        }
        var weights = [Float](repeating: 0, count: linear.depth)
        for i in linear.weights.indices {
            weights[i % linear.depth] = max(weights[i % linear.depth], abs(linear.weights[i]))
        }
        let logarithms = (0..<linear.depth).map { channel in
            // A channel that is always zero, or never used, stays as it is.
            largest[channel] > 1e-6 && weights[channel] > 1e-6
                ? strength * logf(largest[channel]) - (1 - strength) * logf(weights[channel]) : nil
        }
        let known = logarithms.compactMap(\.self)
        let mean = known.reduce(0, +) / Float(max(known.count, 1))
        return logarithms.map { $0.map { expf(mean - $0) } ?? 1 }
    }
}
