// From a Hugging Face directory to a bundle: read, quantise, write, then open what was written and
// measure it against fp32, so that the card speaks of the very bytes a server will load.

public enum ModelImporter {
    public enum Progress: Sendable, Equatable {
        case reading
        case calibrating(text: Int, of: Int)
        case quantizing(layer: Int, of: Int)
        case measuring(text: Int, of: Int)
        case writing
    }

    /// Texts as token ids, [CLS] and [SEP] included.
    public struct Samples: Sendable {
        /// What rounding is fitted to.
        public var calibration: [[Int32]]
        /// What fidelity is measured on; none of them in `calibration`, or the card flatters.
        public var measured: [[Int32]]

        public init(calibration: [[Int32]], measured: [[Int32]]) {
            self.calibration = calibration
            self.measured = measured
        }
    }

    private static let maxCalibrationSamples = 2048

    /// Imports the model at `directory` to a bundle at `destination`, which it replaces whole or
    /// not at all.
    ///
    /// - Parameter samples: makes the texts' token ids; called with the configuration it must follow.
    @discardableResult
    public static func importModel(
        from directory: String, to destination: String, name: String,
        samples: (_ vocabularyPath: String, Manifest.Tokenization, _ maxTokens: Int) throws
            -> Samples,
        progress: (Progress) -> Void = { _ in }
    ) throws -> ModelBundle {
        progress(.reading)
        let configuration = try HuggingFaceConfiguration(directory: directory)
        let weightsPath = directory + "/model.safetensors"
        let weights = try HuggingFaceWeights(path: weightsPath)
        let model = try FloatModel(weights, configuration.architecture)
        let vocabulary = try readVocabulary(directory, configuration.architecture)
        let samples = try samples(
            directory + "/" + ModelBundle.vocabularyName, configuration.tokenization,
            configuration.architecture.maxTokens)
        let reference = ReferenceEncoder(model)
        let statistics = calibrate(reference, samples.calibration, progress)
        let packed = try QuantizedModel(model, statistics, progress).encoded()
        var card = ModelCard(
            modelName: name, sourceSHA256: SHA256.hexDigest(weights.file.file.bytes),
            architecture: configuration.architecture, parameterCount: model.parameterCount,
            quantization:
                "int8 weights per output channel, rounded with compensation; "
                + "uint8 activations per token",
            fidelity: FidelityMeasurement(reference: [], candidate: []).fidelity)
        let write = { (card: ModelCard, place: String) throws(BundleError) -> ModelBundle in
            try Self.write(packed, vocabulary, card, configuration, to: place)
        }
        // The trial has a name of its own, so a half-made bundle never stands at `destination`.
        let trial = destination + ".trial"
        defer { BundleWriter.remove(trial) }
        card.fidelity = try measure(
            reference, try write(card, trial), samples.measured, progress)
        progress(.writing)
        return try write(card, destination)
    }

    private static func readVocabulary(
        _ directory: String, _ architecture: ModelArchitecture
    ) throws(BundleError) -> [UInt8] {
        let path = directory + "/" + ModelBundle.vocabularyName
        let bytes = try readSmallFile(path, limitBytes: 256 * 1024 * 1024)
        let lineCount =
            bytes.count { $0 == UInt8(ascii: "\n") } + (bytes.last == UInt8(ascii: "\n") ? 0 : 1)
        guard lineCount <= architecture.vocabularySize else {
            throw BundleError(
                file: path, place: "line \(architecture.vocabularySize + 1)",
                "the model has vectors for \(architecture.vocabularySize) word pieces only")
        }
        return bytes
    }

    private static func write(
        _ weights: [UInt8], _ vocabulary: [UInt8], _ card: ModelCard,
        _ configuration: HuggingFaceConfiguration, to destination: String
    ) throws(BundleError) -> ModelBundle {
        var writer = try BundleWriter(destination: destination)
        do throws(BundleError) {
            try writer.write(BundleWeights.fileName, weights)
            try writer.write(ModelBundle.vocabularyName, vocabulary)
            try writer.write(ModelCard.jsonName, try JSONFile.encode(card))
            try writer.write(ModelCard.markdownName, Array(card.markdown.utf8))
            var manifest = Manifest(
                formatVersion: Manifest.currentFormat, modelName: card.modelName,
                architecture: configuration.architecture,
                tokenization: configuration.tokenization, files: writer.files, version: "")
            manifest.version = manifest.contentHash
            try writer.finish(manifest)
        } catch {
            writer.discard()
            throw error
        }
        return try ModelBundle.open(destination)
    }

    private static func calibrate(
        _ reference: ReferenceEncoder, _ samples: [[Int32]],
        _ progress: (Progress) -> Void
    ) -> ActivationStatistics {
        var statistics = ActivationStatistics()
        let calibrating = samples.prefix(maxCalibrationSamples)
        for (index, ids) in calibrating.enumerated() {
            progress(.calibrating(text: index + 1, of: calibrating.count))
            _ = reference.encode(ids) { site, values in
                statistics.observe(site, values, width: values.count / ids.count)
            }
        }
        return statistics
    }

    private static func measure(
        _ reference: ReferenceEncoder, _ bundle: ModelBundle, _ samples: [[Int32]],
        _ progress: (Progress) -> Void
    ) throws -> ModelCard.Fidelity {
        let encoder = try Encoder(bundle: bundle)
        let workspace = encoder.makeWorkspace(maxBatchTokens: encoder.maxTokens)
        var expected: [[Float]] = []
        var found: [[Float]] = []
        for (index, ids) in samples.enumerated() {
            progress(.measuring(text: index + 1, of: samples.count))
            var vector = [Float](repeating: 0, count: encoder.dimension)
            let batch = RaggedBatch(tokenIds: ids, offsets: [0, Int32(ids.count)])
            try vector.withUnsafeMutableBufferPointer { output in
                try encoder.encode(batch, into: output, workspace: workspace)
            }
            found.append(vector)
            expected.append(reference.encode(ids))
        }
        return FidelityMeasurement(reference: expected, candidate: found).fidelity
    }
}
