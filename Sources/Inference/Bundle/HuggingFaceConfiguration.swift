// A Hugging Face directory of a BERT model as it lies on disk: config.json, model.safetensors,
// vocab.txt, and where sentence-transformers wrote them the pooling, casing and length limit.

/// What the directory's configuration files say.
struct HuggingFaceConfiguration {
    var architecture: ModelArchitecture
    var tokenization: Manifest.Tokenization

    private struct Config: Decodable {
        var modelType: String?
        var hiddenSize: Int
        var numHiddenLayers: Int
        var numAttentionHeads: Int
        var intermediateSize: Int
        var vocabSize: Int
        var maxPositionEmbeddings: Int
        var layerNormEps: Float?
        var hiddenAct: String?
        var positionEmbeddingType: String?

        enum CodingKeys: String, CodingKey {
            case modelType = "model_type"
            case hiddenSize = "hidden_size"
            case numHiddenLayers = "num_hidden_layers"
            case numAttentionHeads = "num_attention_heads"
            case intermediateSize = "intermediate_size"
            case vocabSize = "vocab_size"
            case maxPositionEmbeddings = "max_position_embeddings"
            case layerNormEps = "layer_norm_eps"
            case hiddenAct = "hidden_act"
            case positionEmbeddingType = "position_embedding_type"
        }
    }

    private struct Pooling: Decodable {
        var poolingModeClsToken: Bool?
        var poolingModeMeanTokens: Bool?

        enum CodingKeys: String, CodingKey {
            case poolingModeClsToken = "pooling_mode_cls_token"
            case poolingModeMeanTokens = "pooling_mode_mean_tokens"
        }
    }

    private struct TokenizerConfig: Decodable {
        var doLowerCase: Bool?
        var stripAccents: Bool?
        var tokenizeChineseChars: Bool?
        /// Written as 1e30 where there is no limit.
        var modelMaxLength: Double?

        enum CodingKeys: String, CodingKey {
            case doLowerCase = "do_lower_case"
            case stripAccents = "strip_accents"
            case tokenizeChineseChars = "tokenize_chinese_chars"
            case modelMaxLength = "model_max_length"
        }
    }

    private struct SentenceConfig: Decodable {
        var maxSeqLength: Int?
        var doLowerCase: Bool?

        enum CodingKeys: String, CodingKey {
            case maxSeqLength = "max_seq_length"
            case doLowerCase = "do_lower_case"
        }
    }

    init(directory: String) throws(BundleError) {
        let path = directory + "/config.json"
        let config = try JSONFile.read(Config.self, from: path)
        try Self.checkFamily(config, path)
        let tokenizer = try Self.optional(TokenizerConfig.self, directory, "tokenizer_config.json")
        let sentence = try Self.optional(
            SentenceConfig.self, directory, "sentence_bert_config.json")
        var maxTokens = config.maxPositionEmbeddings
        if let limit = tokenizer?.modelMaxLength, limit < Double(maxTokens) {
            maxTokens = Int(limit)
        }
        if let limit = sentence?.maxSeqLength { maxTokens = min(maxTokens, limit) }
        architecture = ModelArchitecture(
            layerCount: config.numHiddenLayers, hiddenWidth: config.hiddenSize,
            headCount: config.numAttentionHeads, intermediateWidth: config.intermediateSize,
            vocabularySize: config.vocabSize, positionCount: config.maxPositionEmbeddings,
            normEpsilon: config.layerNormEps ?? 1e-12, pooling: try Self.pooling(directory),
            maxTokens: maxTokens)
        if let problem = architecture.problem() { throw BundleError(file: path, problem) }
        let lowercase = tokenizer?.doLowerCase ?? true
        tokenization = Manifest.Tokenization(
            lowercase: lowercase || sentence?.doLowerCase == true,
            stripAccents: tokenizer?.stripAccents,
            splitChineseCharacters: tokenizer?.tokenizeChineseChars ?? true)
    }

    private static func checkFamily(_ config: Config, _ path: String) throws(BundleError) {
        if let type = config.modelType, type != "bert" {
            throw BundleError(file: path, place: "model_type", "is \"\(type)\", not \"bert\"")
        }
        if let activation = config.hiddenAct, activation != "gelu" {
            throw BundleError(file: path, place: "hidden_act", "is \"\(activation)\", not \"gelu\"")
        }
        if let type = config.positionEmbeddingType, type != "absolute" {
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
        switch (pooling.poolingModeClsToken ?? false, pooling.poolingModeMeanTokens ?? false)
        {
        case (true, false): return .classification
        case (false, true): return .mean
        default:
            throw BundleError(
                file: directory + "/" + name, "asks neither for mean nor for CLS alone")
        }
    }

    private static func optional<Value: Decodable>(
        _ type: Value.Type, _ directory: String, _ name: String
    ) throws(BundleError) -> Value? {
        let path = directory + "/" + name
        return fileExists(path) ? try JSONFile.read(type, from: path) : nil
    }
}
