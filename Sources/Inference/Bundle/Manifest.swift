/// `manifest.json`: what a bundle holds and how to know it is whole.
public struct Manifest: Sendable, Equatable, Codable {
    public struct File: Sendable, Equatable, Codable {
        public var name: String
        public var byteCount: Int
        /// Lower-case hexadecimal.
        public var sha256: String
    }

    /// How the texts were cut when the model was trained.
    public struct Tokenization: Sendable, Equatable, Codable {
        public var lowercase: Bool
        /// Nil follows `lowercase`.
        public var stripAccents: Bool?
        public var splitChineseCharacters: Bool
    }

    static let fileName = "manifest.json"
    static let currentFormat = 1

    public var formatVersion: Int
    public var modelName: String
    public var architecture: ModelArchitecture
    public var tokenization: Tokenization
    public var files: [File]
    /// `contentHash` when it was written: names the bundle by its content.
    public var version: String

    /// SHA-256 over every field but `version`, a line each; the files' checksums are among them.
    /// Written out here rather than hashed as JSON, whose spelling is the encoder's.
    var contentHash: String {
        let a = architecture
        var lines = [
            "rankwire bundle \(formatVersion)", "model \(modelName)",
            "layers \(a.layerCount)", "hidden \(a.hiddenWidth)", "heads \(a.headCount)",
            "intermediate \(a.intermediateWidth)", "vocabulary \(a.vocabularySize)",
            "positions \(a.positionCount)", "epsilon \(a.normEpsilon.bitPattern)",
            "pooling \(a.pooling.rawValue)", "tokens \(a.maxTokens)",
            "lowercase \(tokenization.lowercase)",
            "accents \(tokenization.stripAccents.map(String.init) ?? "as lowercase")",
            "chinese \(tokenization.splitChineseCharacters)",
        ]
        lines += files.map { "file \($0.name) \($0.byteCount) \($0.sha256)" }
        return SHA256.hexDigest(Array(lines.joined(separator: "\n").utf8))
    }
}
