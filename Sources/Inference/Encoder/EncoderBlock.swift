internal import CKernels

/// One block of whole sequences through all layers. Made per batch on the stack; the memory is the
/// workspace's.
struct EncoderBlock {
    private let weights: BundleWeights
    private let architecture: ModelArchitecture
    private let kernels: rw_kernels
    private let workspace: EncoderWorkspace

    init(_ encoder: Encoder, _ workspace: EncoderWorkspace) {
        weights = encoder.bundle.weights
        architecture = encoder.bundle.architecture
        kernels = encoder.kernels.functions.pointee
        self.workspace = workspace
    }

    static func scratchFloats(tokens: Int, headWidth: Int) -> Int {
        rw_attention_scratch_floats(Int32(tokens), Int32(headWidth))
    }

    /// - Parameters:
    ///   - ids: of the whole batch.
    ///   - offsets: of the whole batch.
    ///   - output: row 0 is the batch's first sequence.
    func run(
        _ ids: UnsafePointer<Int32>, _ offsets: UnsafePointer<Int32>, sequences: Range<Int>,
        into output: UnsafeMutablePointer<Float>
    ) {
        let start = Int(offsets[sequences.lowerBound])
        let rows = Int(offsets[sequences.upperBound]) - start
        precondition(rows <= workspace.rowCapacity, "the block exceeds its workspace")
        embed(ids, offsets, sequences)
        normalize(
            workspace.hidden, rows, weights.embeddingNorm, for: weights.layers[0].projections,
            into: workspace.input)
        for (index, layer) in weights.layers.enumerated() {
            let next = index + 1 < weights.layers.count ? weights.layers[index + 1] : nil
            multiply(
                workspace.input, layer.projections, rows, RW_EPILOGUE_NONE, into: workspace.wide)
            for sequence in sequences {
                attend(
                    Int(offsets[sequence]) - start,
                    tokens: offsets[sequence + 1] - offsets[sequence])
            }
            // What follows attention works on rows alone: a stripe's widest activations stay in
            // the second-level cache however long the sequence. Stripes are of equal height: the
            // weights come anew for each, a last one of few rows included.
            let stripes = (rows + Encoder.stripeTokens - 1) / Encoder.stripeTokens
            let height = (rows + stripes - 1) / stripes
            for first in stride(from: 0, to: rows, by: height) {
                let stripe = first..<min(first + height, rows)
                finish(layer, stripe, next: next?.projections)
            }
        }
        for index in sequences { pool(index, offsets, start, into: output) }
    }

    /// From attention's context to the input of the next layer.
    private func finish(_ layer: LayerWeights, _ stripe: Range<Int>, next: QuantizedLinear?) {
        let hidden = workspace.hidden + stripe.lowerBound * architecture.paddedHidden
        let context = workspace.context + stripe.lowerBound * architecture.paddedAttention
        let (rows, wide) = (stripe.count, workspace.wide)
        let input = workspace.stripe
        quantize(context, rows, for: layer.attentionOutput, into: input)
        multiply(input, layer.attentionOutput, rows, RW_EPILOGUE_RESIDUAL, into: hidden)
        normalize(hidden, rows, layer.attentionNorm, for: layer.up, into: input)
        multiply(input, layer.up, rows, RW_EPILOGUE_GELU, into: wide)
        quantize(wide, rows, for: layer.down, into: input)
        multiply(input, layer.down, rows, RW_EPILOGUE_RESIDUAL, into: hidden)
        let following = workspace.input.from(
            row: stripe.lowerBound, width: architecture.paddedHidden)
        normalize(hidden, rows, layer.outputNorm, for: next, into: following)
    }

    private func embed(
        _ ids: UnsafePointer<Int32>, _ offsets: UnsafePointer<Int32>, _ sequences: Range<Int>
    ) {
        let width = architecture.paddedHidden
        let start = Int(offsets[sequences.lowerBound])
        for index in sequences {
            let first = Int(offsets[index])
            var embedding = rw_embedding(
                words: weights.words, positions: weights.positions, token_ids: ids + first,
                outputs: workspace.hidden + (first - start) * width,
                rows: offsets[index + 1] - offsets[index], width: Int32(width), first_position: 0)
            kernels.embed(&embedding)
        }
    }

    /// `output` += or = the quantised input times the layer's weights.
    private func multiply(
        _ input: QuantizedRows, _ linear: QuantizedLinear, _ rows: Int, _ epilogue: rw_epilogue,
        into output: UnsafeMutablePointer<Float>
    ) {
        var product = rw_linear(
            inputs: input.values, input_scales: input.scales, input_offsets: input.offsets,
            weights: linear.weights,
            channel_scales: linear.scales, channel_sums: linear.sums,
            channel_biases: linear.biases, residuals: output, outputs: output, rows: Int32(rows),
            depth: Int32(linear.depth), channels: Int32(linear.channels), epilogue: epilogue)
        kernels.linear(&product)
    }

    private func attend(_ firstRow: Int, tokens: Int32) {
        let stride = architecture.paddedAttention
        var attention = rw_attention(
            projections: workspace.wide + firstRow * 3 * stride,
            context: workspace.context + firstRow * stride, scratch: workspace.attentionScratch,
            tokens: tokens, heads: Int32(architecture.headCount),
            head_width: Int32(architecture.paddedHead), stride: Int32(stride))
        kernels.attention(&attention)
    }

    /// `width` values a row, quantised as the input of `linear`; nil wants no quantised copy.
    private func rows(
        _ values: UnsafeMutablePointer<Float>, _ count: Int, width: Int,
        for linear: QuantizedLinear?, into quantized: QuantizedRows
    ) -> rw_rows {
        rw_rows(
            values: values, quantised: linear == nil ? nil : quantized.values,
            scales: quantized.scales, offsets: quantized.offsets, factors: linear?.inputFactors,
            rows: Int32(count), width: Int32(width))
    }

    private func quantize(
        _ values: UnsafeMutablePointer<Float>, _ count: Int, for linear: QuantizedLinear,
        into quantized: QuantizedRows
    ) {
        var block = rows(values, count, width: linear.depth, for: linear, into: quantized)
        kernels.quantise(&block)
    }

    private func normalize(
        _ values: UnsafeMutablePointer<Float>, _ count: Int, _ weights: NormWeights,
        for linear: QuantizedLinear?, into quantized: QuantizedRows
    ) {
        var block = rows(
            values, count, width: architecture.paddedHidden, for: linear, into: quantized)
        var norm = rw_norm(
            weights: weights.weights, biases: weights.biases, epsilon: architecture.normEpsilon,
            count: Int32(architecture.hiddenWidth))
        kernels.normalise(&block, &norm)
    }

    private func pool(
        _ index: Int, _ offsets: UnsafePointer<Int32>, _ start: Int,
        into output: UnsafeMutablePointer<Float>
    ) {
        let width = architecture.paddedHidden
        let tokens = offsets[index + 1] - offsets[index]
        kernels.pool(
            workspace.hidden + (Int(offsets[index]) - start) * width,
            architecture.pooling == .mean ? tokens : 1, Int32(width),
            Int32(architecture.hiddenWidth), output + index * architecture.hiddenWidth)
    }
}
