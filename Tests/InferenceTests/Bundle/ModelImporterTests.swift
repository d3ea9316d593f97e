import Foundation
import Testing

@testable import Inference

@Suite struct ModelImporterTests {
    @Test(arguments: ["mean", "cls"])
    func anImportedModelIsNearItsSource(_ pooling: String) throws {
        var model = TinyModel()
        model.pooling = pooling
        let (_, bundle) = try model.imported()
        let fidelity = bundle.card.fidelity
        #expect(fidelity.sampleCount == 40)
        #expect(fidelity.meanCosine > 0.9985, "\(fidelity)")
        #expect(fidelity.minimumCosine > 0.994, "\(fidelity)")
        #expect(bundle.architecture.pooling.rawValue == pooling)
        #expect(bundle.architecture.maxTokens == 40)
        #expect(!bundle.manifest.tokenization.lowercase)
    }

    @Test func halfPrecisionAndPrefixedNamesAreRead() throws {
        var model = TinyModel()
        model.type = .float16
        model.prefix = "bert."
        let (_, bundle) = try model.imported()
        #expect(bundle.card.fidelity.meanCosine > 0.9985)
    }

    @Test func theSameModelMakesTheSameBundle() throws {
        let first = try TinyModel().imported().bundle
        let second = try TinyModel().imported().bundle
        #expect(first.version == second.version)
    }

    @Test func anImportReplacesWhatStandsThereWhole() throws {
        let (source, first) = try TinyModel().imported()
        var other = TinyModel()
        other.seed = 4
        let second = try ModelImporter.importModel(
            from: other.write(), to: source + ".bundle", name: "other",
            samples: { _, _, _ in other.importSamples })
        #expect(first.version != second.version)
        #expect(try ModelBundle.open(source + ".bundle").version == second.version)
        let parent = URL(filePath: source).deletingLastPathComponent().path()
        let leftovers = try FileManager.default.contentsOfDirectory(atPath: parent)
            .filter { $0.hasPrefix(URL(filePath: source).lastPathComponent + ".bundle.") }
        #expect(leftovers.isEmpty)
    }

    @Test func modelsOfAnotherKindAreRefused() throws {
        for (field, value) in [
            ("model_type", "\"roberta\""), ("hidden_act", "\"relu\""), ("hidden_size", "41"),
            ("num_attention_heads", "0"), ("vocab_size", "65"), ("num_hidden_layers", "3"),
        ] {
            let source = try TinyModel().write()
            let path = source + "/config.json"
            var config = try #require(
                try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path)))
                    as? [String: Any])
            config[field] = try JSONSerialization.jsonObject(
                with: Data(value.utf8), options: .fragmentsAllowed)
            try JSONSerialization.data(withJSONObject: config).write(to: URL(filePath: path))
            let error = #expect(throws: BundleError.self, "\(field)") {
                try ModelImporter.importModel(
                    from: source, to: source + ".bundle", name: "bad",
                    samples: { _, _, _ in .init(calibration: [], measured: []) })
            }
            #expect(error?.file.isEmpty == false)
            #expect(!FileManager.default.fileExists(atPath: source + ".bundle"))
        }
    }
}
