/// A directory with an imported encoder, opened and checked: weights mapped, vocabulary, manifest
/// and card. Immutable; any number of encoders and threads share one.
public final class ModelBundle: Sendable {
    static let vocabularyName = "vocab.txt"
    private static let maxVocabularyBytes = 256 * 1024 * 1024

    public let path: String
    public let manifest: Manifest
    public let card: ModelCard
    let weights: BundleWeights

    public var architecture: ModelArchitecture { manifest.architecture }
    /// Names the content: equal versions encode to equal bits.
    public var version: String { manifest.version }
    /// `vocab.txt`, one word piece a line, its id the line's number from zero.
    public var vocabularyPath: String { path + "/" + Self.vocabularyName }

    private init(path: String, manifest: Manifest, card: ModelCard, weights: BundleWeights) {
        self.path = path
        self.manifest = manifest
        self.card = card
        self.weights = weights
    }

    /// Opens the bundle at `path`. Whatever is damaged, missing or of another version is refused
    /// with the file, the place in it and what is wrong.
    public static func open(_ path: String) throws(BundleError) -> ModelBundle {
        let manifest = try readManifest(path + "/" + Manifest.fileName)
        for file in manifest.files { try verify(file, in: path) }
        for name in [BundleWeights.fileName, vocabularyName, ModelCard.jsonName]
        where !manifest.files.contains(where: { $0.name == name }) {
            throw BundleError(
                file: path + "/" + Manifest.fileName, place: "files", "\(name) is missing")
        }
        let card = try JSONFile.read(ModelCard.self, from: path + "/" + ModelCard.jsonName)
        let file = try SafetensorsFile(path: path + "/" + BundleWeights.fileName)
        let weights = try BundleWeights(file, manifest.architecture)
        return ModelBundle(path: path, manifest: manifest, card: card, weights: weights)
    }

    /// The part of a manifest that every version of the format has.
    private struct Preamble: Decodable {
        var formatVersion: Int
    }

    private static func readManifest(_ path: String) throws(BundleError) -> Manifest {
        let preamble = try JSONFile.read(Preamble.self, from: path)
        guard preamble.formatVersion == Manifest.currentFormat else {
            throw BundleError(
                file: path, place: "formatVersion",
                "is \(preamble.formatVersion); this program reads \(Manifest.currentFormat)")
        }
        let manifest = try JSONFile.read(Manifest.self, from: path)
        if let problem = manifest.architecture.problem() {
            throw BundleError(file: path, place: "architecture", problem)
        }
        guard manifest.version == manifest.contentHash else {
            throw BundleError(
                file: path, place: "version",
                "is \(manifest.version), but the manifest hashes to \(manifest.contentHash)")
        }
        return manifest
    }

    private static func verify(_ entry: Manifest.File, in path: String) throws(BundleError) {
        guard !entry.name.isEmpty, !entry.name.contains("/"), !entry.name.hasPrefix(".") else {
            throw BundleError(
                file: path + "/" + Manifest.fileName, place: "files",
                "\"\(entry.name)\" is not a file's name")
        }
        let file = try MappedFile(path: path + "/" + entry.name)
        guard file.bytes.count == entry.byteCount else {
            throw BundleError(
                file: file.path,
                "has \(file.bytes.count) bytes; the manifest says \(entry.byteCount)")
        }
        let digest = SHA256.hexDigest(file.bytes)
        guard digest == entry.sha256 else {
            throw BundleError(
                file: file.path, "has the SHA-256 \(digest); the manifest says \(entry.sha256)")
        }
    }
}
