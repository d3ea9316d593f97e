/// A BERT model in fp32, read from a Hugging Face directory: what is quantised, and what the
/// reference encoder computes.
struct FloatModel {
    struct Norm {
        var weights: [Float]
        var biases: [Float]
    }

    struct Layer {
        var query: FloatLinear
        var key: FloatLinear
        var value: FloatLinear
        var attentionOutput: FloatLinear
        var attentionNorm: Norm
        var up: FloatLinear
        var down: FloatLinear
        var outputNorm: Norm
    }

    var architecture: ModelArchitecture
    /// vocabulary x hidden
    var words: [Float]
    /// positions x hidden, the vector of token type 0 added in
    var positions: [Float]
    var embeddingNorm: Norm
    var layers: [Layer]

    init(_ file: HuggingFaceWeights, _ architecture: ModelArchitecture) throws(BundleError) {
        let hidden = architecture.hiddenWidth
        self.architecture = architecture
        words = try file.floats(
            "embeddings.word_embeddings.weight", shape: [architecture.vocabularySize, hidden])
        positions = try file.floats(
            "embeddings.position_embeddings.weight", shape: [architecture.positionCount, hidden])
        try Self.addTokenType(file, hidden, to: &positions)
        embeddingNorm = try Self.norm(file, "embeddings.LayerNorm", hidden)
        layers = []
        for index in 0..<architecture.layerCount {
            layers.append(try Self.layer(file, "encoder.layer.\(index)", architecture))
        }
    }

    var parameterCount: Int {
        let perLayer = layers.map { layer in
            [layer.query, layer.key, layer.value, layer.attentionOutput, layer.up, layer.down]
                .reduce(0) { $0 + $1.weights.count + $1.biases.count }
                + 4 * architecture.hiddenWidth
        }
        return words.count + positions.count + perLayer.reduce(0, +)
    }

    /// Sequences have one segment here, so its vector is part of every position's.
    private static func addTokenType(
        _ file: HuggingFaceWeights, _ hidden: Int, to positions: inout [Float]
    ) throws(BundleError) {
        let name = "embeddings.token_type_embeddings.weight"
        var typeCount = 2
        for tensor in file.file.tensors.values where tensor.name.hasSuffix(name) {
            typeCount = tensor.shape.first ?? 0
        }
        let types = try file.floats(name, shape: [typeCount, hidden])
        guard types.count >= hidden else { throw file.file.error(name, "holds no vector") }
        for i in positions.indices { positions[i] += types[i % hidden] }
    }

    private static func norm(
        _ file: HuggingFaceWeights, _ name: String, _ width: Int
    ) throws(BundleError) -> Norm {
        let (weights, biases) = try file.norm(name, width)
        return Norm(weights: weights, biases: biases)
    }

    private static func layer(
        _ file: HuggingFaceWeights, _ name: String, _ a: ModelArchitecture
    ) throws(BundleError) -> Layer {
        let (hidden, wide) = (a.hiddenWidth, a.intermediateWidth)
        func square(_ part: String) throws(BundleError) -> FloatLinear {
            try file.linear("\(name).attention.\(part)", depth: hidden, channels: hidden)
        }
        return Layer(
            query: try square("self.query"), key: try square("self.key"),
            value: try square("self.value"), attentionOutput: try square("output.dense"),
            attentionNorm: try norm(file, "\(name).attention.output.LayerNorm", hidden),
            up: try file.linear("\(name).intermediate.dense", depth: hidden, channels: wide),
            down: try file.linear("\(name).output.dense", depth: wide, channels: hidden),
            outputNorm: try norm(file, "\(name).output.LayerNorm", hidden))
    }
}
