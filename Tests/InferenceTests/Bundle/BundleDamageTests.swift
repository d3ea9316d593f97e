import Foundation
import Testing

@testable import Inference

/// Whatever is wrong with a bundle, opening it says what and where.
@Suite struct BundleDamageTests {
    private func refusal(
        _ file: String, _ damage: (inout [UInt8]) throws -> Void
    ) throws -> BundleError {
        let (_, bundle) = try TinyModel().imported()
        let url = URL(filePath: bundle.path + "/" + file)
        var bytes = [UInt8](try Data(contentsOf: url))
        try damage(&bytes)
        try Data(bytes).write(to: url)
        return try #require(throws: BundleError.self) { try ModelBundle.open(bundle.path) }
    }

    @Test(arguments: ["weights.safetensors", "vocab.txt", "model_card.json", "model_card.md"])
    func aFlippedBitIsFound(_ file: String) throws {
        let error = try refusal(file) { $0[$0.count / 2] ^= 1 }
        #expect(error.file.hasSuffix(file))
        #expect(error.problem.contains("SHA-256"))
    }

    @Test func aTruncatedFileIsFound() throws {
        let error = try refusal("weights.safetensors") { $0.removeLast(100) }
        #expect(error.problem.contains("the manifest says"))
    }

    @Test(arguments: ["weights.safetensors", "vocab.txt", "manifest.json"])
    func aMissingFileIsNamed(_ file: String) throws {
        let (_, bundle) = try TinyModel().imported()
        try FileManager.default.removeItem(atPath: bundle.path + "/" + file)
        let error = try #require(throws: BundleError.self) { try ModelBundle.open(bundle.path) }
        #expect(error.file.hasSuffix(file))
        #expect(error.problem.contains("No such file"))
    }

    @Test func aManifestOfAnotherVersionIsRefused() throws {
        let error = try refusal("manifest.json") { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            bytes = Array(
                text.replacingOccurrences(
                    of: "\"formatVersion\" : 1", with: "\"formatVersion\" : 99"
                ).utf8)
        }
        #expect(error.place == "formatVersion")
        #expect(error.problem.contains("99"))
    }

    @Test func aChangedSizeIsFound() throws {
        let error = try refusal("manifest.json") { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            bytes = Array(
                text.replacingOccurrences(of: "\"headCount\" : 2", with: "\"headCount\" : 4").utf8)
        }
        #expect(error.place == "version")
    }

    @Test func aManifestThatIsNoJSONIsRefused() throws {
        let error = try refusal("manifest.json") { $0.removeLast(20) }
        #expect(error.problem == "is not valid JSON")
    }
}
