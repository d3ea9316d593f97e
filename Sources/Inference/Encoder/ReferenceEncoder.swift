// The encoder in plain fp32, as the papers write it (Vaswani et al. 2017; Devlin et al. 2018):
// what fidelity is measured against at import and in tests. Never serves a request.

internal import CKernels

#if canImport(Glibc)
    private import Glibc
#endif

struct ReferenceEncoder {
    private let model: FloatModel
    private let layers: [Layer]

    /// Weights turned to [depth][channels], as the reference product reads them.
    private struct Linear {
        var weights: [Float]
        var biases: [Float]
        var depth: Int

        init(_ linear: FloatLinear) {
            depth = linear.depth
            biases = linear.biases
            weights = [Float](repeating: 0, count: linear.weights.count)
            for channel in 0..<linear.channels {
                for k in 0..<linear.depth {
                    weights[k * linear.channels + channel] =
                        linear.weights[channel * linear.depth + k]
                }
            }
        }

        func callAsFunction(_ inputs: [Float]) -> [Float] {
            let rows = inputs.count / depth
            return [Float](unsafeUninitializedCapacity: rows * biases.count) { outputs, count in
                rw_reference_linear(
                    inputs, weights, biases, outputs.baseAddress, rows, depth, biases.count)
                count = rows * biases.count
            }
        }
    }

    private struct Layer {
        var query, key, value, attentionOutput, up, down: Linear
        var attentionNorm, outputNorm: FloatModel.Norm
    }

    init(_ model: FloatModel) {
        self.model = model
        layers = model.layers.map { layer in
            Layer(
                query: Linear(layer.query), key: Linear(layer.key), value: Linear(layer.value),
                attentionOutput: Linear(layer.attentionOutput), up: Linear(layer.up),
                down: Linear(layer.down), attentionNorm: layer.attentionNorm,
                outputNorm: layer.outputNorm)
        }
    }

    /// The unit vector of one sequence.
    ///
    /// - Parameter observe: sees what goes into every matrix product, a row a token.
    func encode(
        _ ids: [Int32], observe: (ActivationSite, [Float]) -> Void = { _, _ in }
    ) -> [Float] {
        let width = model.architecture.hiddenWidth
        var hidden: [Float] = []
        hidden.reserveCapacity(ids.count * width)
        for (position, id) in ids.enumerated() {
            for i in 0..<width {
                hidden.append(
                    model.words[Int(id) * width + i] + model.positions[position * width + i])
            }
        }
        hidden = normalized(hidden, model.embeddingNorm)
        for (index, layer) in layers.enumerated() {
            observe(.projections(layer: index), hidden)
            let context = attended(
                layer.query(hidden), layer.key(hidden), layer.value(hidden))
            observe(.attentionOutput(layer: index), context)
            hidden = normalized(sum(hidden, layer.attentionOutput(context)), layer.attentionNorm)
            observe(.up(layer: index), hidden)
            let wide = layer.up(hidden).map { $0 * 0.5 * (1 + erff($0 / Float(2).squareRoot())) }
            observe(.down(layer: index), wide)
            hidden = normalized(sum(hidden, layer.down(wide)), layer.outputNorm)
        }
        return pooled(hidden, tokens: ids.count)
    }

    private func sum(_ a: [Float], _ b: [Float]) -> [Float] { zip(a, b).map { $0 + $1 } }

    private func normalized(_ values: [Float], _ norm: FloatModel.Norm) -> [Float] {
        let width = norm.weights.count
        var result = values
        for start in stride(from: 0, to: values.count, by: width) {
            let row = values[start..<start + width]
            let mean = row.reduce(0, +) / Float(width)
            let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(width)
            let rate = 1 / (variance + model.architecture.normEpsilon).squareRoot()
            for i in 0..<width {
                result[start + i] =
                    (values[start + i] - mean) * rate * norm.weights[i]
                    + norm.biases[i]
            }
        }
        return result
    }

    private func attended(_ query: [Float], _ key: [Float], _ value: [Float]) -> [Float] {
        let (width, headWidth) = (model.architecture.hiddenWidth, model.architecture.headWidth)
        let tokens = query.count / width
        var context = [Float](repeating: 0, count: query.count)
        for head in 0..<model.architecture.headCount {
            let first = head * headWidth
            for i in 0..<tokens {
                var scores = (0..<tokens).map { j in
                    var score: Float = 0
                    for d in first..<first + headWidth {
                        score += query[i * width + d] * key[j * width + d]
                    }
                    return score / Float(headWidth).squareRoot()
                }
                let greatest = scores.max() ?? 0
                scores = scores.map { expf($0 - greatest) }
                let total = scores.reduce(0, +)
                for j in 0..<tokens {
                    let share = scores[j] / total
                    for d in first..<first + headWidth {
                        context[i * width + d] += share * value[j * width + d]
                    }
                }
            }
        }
        return context
    }

    private func pooled(_ hidden: [Float], tokens: Int) -> [Float] {
        let width = model.architecture.hiddenWidth
        let rows = model.architecture.pooling == .mean ? tokens : 1
        var vector = [Float](repeating: 0, count: width)
        for row in 0..<rows {
            for i in 0..<width { vector[i] += hidden[row * width + i] / Float(rows) }
        }
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return vector.map { $0 / max(length, 1e-12) }
    }
}
