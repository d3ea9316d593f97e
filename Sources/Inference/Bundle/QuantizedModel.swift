#if canImport(Glibc)
    private import Glibc
#endif

/// The tensors of a bundle from those of an fp32 model: padded for the kernels, quantised, packed.
struct QuantizedModel {
    private var writer = SafetensorsWriter()
    private let architecture: ModelArchitecture
    private let statistics: ActivationStatistics

    /// - Parameter statistics: of all sites' inputs; a site without is rounded to nearest.
    init(
        _ model: FloatModel, _ statistics: ActivationStatistics,
        _ progress: (ModelImporter.Progress) -> Void
    ) {
        self.statistics = statistics
        architecture = model.architecture
        let hidden = architecture.paddedHidden
        writer.add(
            "embeddings.word", .float16, [architecture.vocabularySize, hidden],
            padRows(model.words).map { Float16($0).bitPattern })
        writer.add(
            "embeddings.position", .float32, [architecture.positionCount, hidden],
            padRows(model.positions))
        add("embeddings.norm", model.embeddingNorm)
        for (index, layer) in model.layers.enumerated() {
            progress(.quantizing(layer: index + 1, of: model.layers.count))
            add(index, layer)
        }
    }

    func encoded() throws(BundleError) -> [UInt8] { try writer.encoded() }

    /// Rows of the hidden width, zeros after them up to the padded one.
    private func padRows(_ values: [Float]) -> [Float] {
        let (width, padded) = (architecture.hiddenWidth, architecture.paddedHidden)
        if width == padded { return values }
        var result = [Float](repeating: 0, count: values.count / width * padded)
        for i in values.indices { result[i / width * padded + i % width] = values[i] }
        return result
    }

    private mutating func add(_ name: String, _ norm: FloatModel.Norm) {
        writer.add("\(name).weight", .float32, [architecture.paddedHidden], padRows(norm.weights))
        writer.add("\(name).bias", .float32, [architecture.paddedHidden], padRows(norm.biases))
    }

    private mutating func add(_ index: Int, _ layer: FloatModel.Layer) {
        let name = "layers.\(index)"
        // Softmax is computed to base two, and without the division by sqrt(head width).
        let queryFactor = Float(M_LOG2E / Double(architecture.headWidth).squareRoot())
        add(
            "\(name).projections",
            .stacked([layer.query.scaled(by: queryFactor), layer.key, layer.value]),
            .projections(layer: index))
        add("\(name).attention_output", layer.attentionOutput, .attentionOutput(layer: index))
        add("\(name).attention_norm", layer.attentionNorm)
        add("\(name).up", layer.up, .up(layer: index))
        add("\(name).down", layer.down, .down(layer: index))
        add("\(name).output_norm", layer.outputNorm)
    }

    private mutating func add(_ name: String, _ linear: FloatLinear, _ site: ActivationSite) {
        let (a, headWidth) = (architecture, architecture.headWidth)
        let hidden = a.hiddenWidth
        // Heads are padded one by one, and queries, keys and values as blocks of all heads.
        let headed = { (i: Int) in
            i / hidden * a.paddedAttention + i % hidden / headWidth * a.paddedHead + i % headWidth
        }
        let factors = statistics.inputFactors(site, linear)
        let smoothed = linear.dividingInputs(by: factors)
        let same = { (i: Int) in i }
        let (channels, depth, channelAt, inputAt) =
            switch site {
            case .projections: (3 * a.paddedAttention, a.paddedHidden, headed, same)
            case .attentionOutput: (a.paddedHidden, a.paddedAttention, same, headed)
            case .up: (a.paddedIntermediate, a.paddedHidden, same, same)
            case .down: (a.paddedHidden, a.paddedIntermediate, same, same)
            }
        let scales = smoothed.symmetricScales
        let rounding = statistics.rounding(site, inputFactors: factors)
        let rounded = rounding?.rounded(smoothed, scales: scales) ?? smoothed
        let placed = rounded.placed(
            channels: channels, depth: depth, channelAt: channelAt, inputAt: inputAt)
        var placedFactors = [Float](repeating: 1, count: depth)
        for i in 0..<linear.depth { placedFactors[inputAt(i)] = factors[i] }
        var placedScales = [Float](repeating: 0, count: channels)
        for i in 0..<linear.channels { placedScales[channelAt(i)] = scales[i] }
        writer.add(
            name, PackedLinear(placed, scales: placedScales, inputFactors: placedFactors))
    }
}
