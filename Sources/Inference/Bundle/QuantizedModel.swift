#if canImport(Glibc)
    private import Glibc
#endif

/// The tensors of a bundle from those of an fp32 model: padded for the kernels, quantised, packed.
struct QuantizedModel {
    private var writer = SafetensorsWriter()
    private let architecture: ModelArchitecture

    init(_ model: FloatModel, _ progress: (ModelImporter.Progress) -> Void) {
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
            add("layers.\(index)", layer)
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

    private mutating func add(_ name: String, _ layer: FloatModel.Layer) {
        let a = architecture
        let attention = a.paddedAttention
        let headWidth = a.headWidth
        let paddedHead = a.paddedHead
        let headed = { (channel: Int) in channel / headWidth * paddedHead + channel % headWidth }
        // Softmax is computed to base two, and without the division by sqrt(head width).
        let queryFactor = Float(M_LOG2E / Double(headWidth).squareRoot())
        let projections = [layer.query.scaled(by: queryFactor), layer.key, layer.value].map {
            $0.placed(channels: attention, depth: a.paddedHidden, channelAt: headed)
        }
        writer.add("\(name).projections", PackedLinear(.stacked(projections)))
        writer.add(
            "\(name).attention_output",
            PackedLinear(
                layer.attentionOutput.placed(
                    channels: a.paddedHidden, depth: attention, inputAt: headed)))
        add("\(name).attention_norm", layer.attentionNorm)
        writer.add(
            "\(name).up",
            PackedLinear(layer.up.placed(channels: a.paddedIntermediate, depth: a.paddedHidden)))
        writer.add(
            "\(name).down",
            PackedLinear(layer.down.placed(channels: a.paddedHidden, depth: a.paddedIntermediate)))
        add("\(name).output_norm", layer.outputNorm)
    }
}
