// A Hugging Face directory of a BERT model as it lies on disk: config.json, model.safetensors,
// vocab.txt, and where sentence-transformers wrote them the pooling, casing and length limit.

/// What the directory's configuration files say.
struct HuggingFaceConfiguration {
    var architecture: ModelArchitecture
    var tokenization: Manifest.Tokenization

    private struct Config: Decodable {
        var model_type: String?
        var hidden_size: Int
        var num_hidden_layers: Int
        var num_attention_heads: Int
        var intermediate_size: Int
        var vocab_size: Int
        var max_position_embeddings: Int
        var layer_norm_eps: Float?
        var hidden_act: String?
        var position_embedding_type: String?
    }

    private struct Pooling: Decodable {
        var pooling_mode_cls_token: Bool?
        var pooling_mode_mean_tokens: Bool?
    }

    private struct TokenizerConfig: Decodable {
        var do_lower_case: Bool?
        var strip_accents: Bool?
        var tokenize_chinese_chars: Bool?
        /// Written as 1e30 where there is no limit.
        var model_max_length: Double?
    }

    private struct SentenceConfig: Decodable {
        var max_seq_length: Int?
        var do_lower_case: Bool?
    }

    init(directory: String) throws(BundleError) {
        let path = directory + "/config.json"
        let config = try JSONFile.read(Config.self, from: path)
        try Self.checkFamily(config, path)
        let tokenizer = try Self.optional(TokenizerConfig.self, directory, "tokenizer_config.json")
        let sentence = try Self.optional(
            SentenceConfig.self, directory, "sentence_bert_config.json")
        var maxTokens = config.max_position_embeddings
        if let limit = tokenizer?.model_max_length, limit < Double(maxTokens) {
            maxTokens = Int(limit)
        }
        if let limit = sentence?.max_seq_length { maxTokens = min(maxTokens, limit) }
        architecture = ModelArchitecture(
            layerCount: config.num_hidden_layers, hiddenWidth: config.hidden_size,
            headCount: config.num_attention_heads, intermediateWidth: config.intermediate_size,
            vocabularySize: config.vocab_size, positionCount: config.max_position_embeddings,
            normEpsilon: config.layer_norm_eps ?? 1e-12, pooling: try Self.pooling(directory),
            maxTokens: maxTokens)
        if let problem = architecture.problem() { throw BundleError(file: path, problem) }
        let lowercase = tokenizer?.do_lower_case ?? true
        tokenization = Manifest.Tokenization(
            lowercase: lowercase || sentence?.do_lower_case == true,
            stripAccents: tokenizer?.strip_accents,
            splitChineseCharacters: tokenizer?.tokenize_chinese_chars ?? true)
    }

    private static func checkFamily(_ config: Config, _ path: String) throws(BundleError) {
        if let type = config.model_type, type != "bert" {
            throw BundleError(file: path, place: "model_type", "is \"\(type)\", not \"bert\"")
        }
        if let activation = config.hidden_act, activation != "gelu" {
            throw BundleError(file: path, place: "hidden_act", "is \"\(activation)\", not \"gelu\"")
        }
        if let type = config.position_embedding_type, type != "absolute" {
            throw BundleError(
                file: path, place: "position_embedding_type", "is \"\(type)\", not \"absolute\"")
        }
    }

    /// Mean where nothing is said, as sentence-transformers does.
    private static func pooling(
        _ directory: String
    ) throws(BundleError) -> ModelArchitecture.Pooling {
        let name = "1_Pooling/config.json"
        guard let pooling = try optional(Pooling.self, directory, name) else { return .mean }
        switch (pooling.pooling_mode_cls_token ?? false, pooling.pooling_mode_mean_tokens ?? false)
        {
        case (true, false): return .classification
        case (false, true): return .mean
        default:
            throw BundleError(file: directory + "/" + name, "asks neither for mean nor for CLS alone")
        }
    }

    private static func optional<Value: Decodable>(
        _ type: Value.Type, _ directory: String, _ name: String
    ) throws(BundleError) -> Value? {
        let path = directory + "/" + name
        return fileExists(path) ? try JSONFile.read(type, from: path) : nil
    }
}

/// The weights in fp32, under the names of the file. Where they carry the prefix `bert.` it is
/// taken off.
struct HuggingFaceWeights {
    let file: SafetensorsFile
    private let prefix: String

    init(path: String) throws(BundleError) {
        file = try SafetensorsFile(path: path)
        prefix = file.tensors["bert.embeddings.word_embeddings.weight"] == nil ? "" : "bert."
    }

    /// A tensor as floats, all of them finite.
    func floats(_ name: String, shape: [Int]) throws(BundleError) -> [Float] {
        let full = prefix + name
        let tensor = try file.tensor(full)
        let bytes = try file.bytes(of: full, tensor.type, shape: shape)
        let values: [Float]
        switch tensor.type {
        case .float32: values = Self.converted(bytes, UInt32.self) { Float(bitPattern: $0) }
        case .float16: values = Self.converted(bytes, UInt16.self) { Float(Float16(bitPattern: $0)) }
        case .bfloat16:
            values = Self.converted(bytes, UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
        case .int8, .int64:
            throw file.error(full, "is of type \(tensor.type.rawValue), not a float")
        }
        if let index = values.firstIndex(where: { !$0.isFinite }) {
            throw file.error(full, "element \(index) is not finite")
        }
        return values
    }

    func linear(_ name: String, depth: Int, channels: Int) throws(BundleError) -> FloatLinear {
        FloatLinear(
            weights: try floats("\(name).weight", shape: [channels, depth]),
            biases: try floats("\(name).bias", shape: [channels]), depth: depth,
            channels: channels)
    }

    /// Weight and bias of a layer norm; files converted from TensorFlow say gamma and beta.
    func norm(_ name: String, _ width: Int) throws(BundleError) -> (weights: [Float], biases: [Float])
    {
        let isOld = file.tensors[prefix + name + ".gamma"] != nil
        return (
            try floats(name + (isOld ? ".gamma" : ".weight"), shape: [width]),
            try floats(name + (isOld ? ".beta" : ".bias"), shape: [width])
        )
    }

    /// Unaligned on purpose: the format promises no alignment.
    private static func converted<Bits: FixedWidthInteger>(
        _ bytes: UnsafeRawBufferPointer, _ type: Bits.Type, _ convert: (Bits) -> Float
    ) -> [Float] {
        let size = MemoryLayout<Bits>.size
        return [Float](unsafeUninitializedCapacity: bytes.count / size) { buffer, count in
            count = bytes.count / size
            for i in 0..<count {
                let bits = bytes.loadUnaligned(fromByteOffset: i * size, as: type)
                buffer[i] = convert(Bits(littleEndian: bits))
            }
        }
    }
}
