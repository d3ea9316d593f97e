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
        normalize(rows, weights.embeddingNorm, for: weights.layers[0].projections)
        for (index, layer) in weights.layers.enumerated() {
            let next = index + 1 < weights.layers.count ? weights.layers[index + 1] : nil
            multiply(layer.projections, rows, RW_EPILOGUE_NONE, into: workspace.wide)
            for sequence in sequences {
                attend(
                    Int(offsets[sequence]) - start,
                    tokens: offsets[sequence + 1] - offsets[sequence])
            }
            quantize(workspace.context, rows, for: layer.attentionOutput)
            multiply(layer.attentionOutput, rows, RW_EPILOGUE_RESIDUAL, into: workspace.hidden)
            normalize(rows, layer.attentionNorm, for: layer.up)
            multiply(layer.up, rows, RW_EPILOGUE_GELU, into: workspace.wide)
            quantize(workspace.wide, rows, for: layer.down)
            multiply(layer.down, rows, RW_EPILOGUE_RESIDUAL, into: workspace.hidden)
            normalize(rows, layer.outputNorm, for: next?.projections)
        }
        for index in sequences { pool(index, offsets, start, into: output) }
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
        _ linear: QuantizedLinear, _ rows: Int, _ epilogue: rw_epilogue,
        into output: UnsafeMutablePointer<Float>
    ) {
        var product = rw_linear(
            inputs: workspace.quantized, input_scales: workspace.scales,
            input_offsets: workspace.offsets, weights: linear.weights,
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
        for linear: QuantizedLinear?
    ) -> rw_rows {
        rw_rows(
            values: values, quantised: linear == nil ? nil : workspace.quantized,
            scales: workspace.scales, offsets: workspace.offsets, factors: linear?.inputFactors,
            rows: Int32(count), width: Int32(width))
    }

    private func quantize(
        _ values: UnsafeMutablePointer<Float>, _ count: Int, for linear: QuantizedLinear
    ) {
        var block = rows(values, count, width: linear.depth, for: linear)
        kernels.quantise(&block)
    }

    private func normalize(_ count: Int, _ weights: NormWeights, for linear: QuantizedLinear?) {
        var block = rows(
            workspace.hidden, count, width: architecture.paddedHidden, for: linear)
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
