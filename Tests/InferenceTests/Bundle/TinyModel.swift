import Base
import Foundation

@testable import Inference

/// A Hugging Face directory of a small random BERT whose widths fill no vector.
struct TinyModel {
    var hidden = 40
    var layers = 2
    var heads = 2
    var intermediate = 72
    var vocabularySize = 64
    var positions = 48
    var pooling = "mean"
    var prefix = ""
    var seed: UInt64 = 3
    /// Each part of the directory as it will be written; tests damage them.
    var type = SafetensorsFile.ElementType.float32

    /// Writes the directory, a fresh one under the system's temporary files.
    func write() throws -> String {
        let directory = try temporaryDirectory()
        let config = """
            {"model_type": "bert", "hidden_size": \(hidden), "num_hidden_layers": \(layers),
             "num_attention_heads": \(heads), "intermediate_size": \(intermediate),
             "vocab_size": \(vocabularySize), "max_position_embeddings": \(positions),
             "layer_norm_eps": 1e-12, "hidden_act": "gelu"}
            """
        try write(config, directory + "/config.json")
        try FileManager.default.createDirectory(
            atPath: directory + "/1_Pooling", withIntermediateDirectories: true)
        try write(
            """
            {"pooling_mode_cls_token": \(pooling == "cls"),
             "pooling_mode_mean_tokens": \(pooling == "mean")}
            """, directory + "/1_Pooling/config.json")
        try write("{\"max_seq_length\": 40}", directory + "/sentence_bert_config.json")
        try write(
            "{\"do_lower_case\": false, \"model_max_length\": 1000000000000000019884624838656}",
            directory + "/tokenizer_config.json")
        try write(vocabulary.joined(separator: "\n") + "\n", directory + "/vocab.txt")
        try Data(weights()).write(to: URL(filePath: directory + "/model.safetensors"))
        return directory
    }

    var vocabulary: [String] {
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]"] + (4..<vocabularySize).map { "w\($0)" }
    }

    /// Seeded sequences of every length up to the limit.
    var samples: [[Int32]] {
        var random = SeededRandom(seed: seed)
        return (1...40).map { length in
            (0..<length).map { _ in
                Int32.random(in: 4..<Int32(vocabularySize), using: &random)
            }
        }
    }

    var importSamples: ModelImporter.Samples {
        var other = self
        other.seed &+= 100
        return .init(calibration: other.samples, measured: samples)
    }

    /// The directory imported; returns source and bundle.
    func imported() throws -> (source: String, bundle: ModelBundle) {
        let source = try write()
        let bundle = try ModelImporter.importModel(
            from: source, to: source + ".bundle", name: "tiny",
            samples: { _, _, _ in importSamples })
        return (source, bundle)
    }

    private func write(_ text: String, _ path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    private func weights() throws -> [UInt8] {
        var random = SeededRandom(seed: seed)
        var header: [String: Any] = ["__metadata__": ["format": "pt"]]
        var data: [UInt8] = []
        func add(_ name: String, _ shape: [Int], _ scale: Float, around centre: Float = 0) {
            let start = data.count
            for _ in 0..<shape.reduce(1, *) {
                let value = centre + Float.random(in: -scale...scale, using: &random)
                let bits: [UInt8] =
                    type == .float16
                    ? withUnsafeBytes(of: Float16(value)) { Array($0) }
                    : withUnsafeBytes(of: value) { Array($0) }
                data += bits
            }
            header[prefix + name] = [
                "dtype": type.rawValue, "shape": shape, "data_offsets": [start, data.count],
            ]
        }
        func linear(_ name: String, _ depth: Int, _ channels: Int) {
            add("\(name).weight", [channels, depth], 1.7 / Float(depth).squareRoot())
            add("\(name).bias", [channels], 0.1)
        }
        func norm(_ name: String) {
            add("\(name).weight", [hidden], 0.2, around: 1)
            add("\(name).bias", [hidden], 0.2)
        }
        add("embeddings.word_embeddings.weight", [vocabularySize, hidden], 1)
        add("embeddings.position_embeddings.weight", [positions, hidden], 0.3)
        add("embeddings.token_type_embeddings.weight", [2, hidden], 0.1)
        norm("embeddings.LayerNorm")
        for layer in 0..<layers {
            let name = "encoder.layer.\(layer)"
            for part in ["self.query", "self.key", "self.value", "output.dense"] {
                linear("\(name).attention.\(part)", hidden, hidden)
            }
            norm("\(name).attention.output.LayerNorm")
            linear("\(name).intermediate.dense", hidden, intermediate)
            linear("\(name).output.dense", intermediate, hidden)
            norm("\(name).output.LayerNorm")
        }
        let json = try JSONSerialization.data(
            withJSONObject: header, options: .sortedKeys)
        let length = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) }
        return length + json + data
    }
}

/// A directory of its own for a test; the system clears it away.
func temporaryDirectory() throws -> String {
    let path = FileManager.default.temporaryDirectory
        .appending(path: "rankwire-\(UUID().uuidString)").path()
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
}
