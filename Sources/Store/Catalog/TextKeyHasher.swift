public import Base
public import Inference

/// Names texts by content for one encoder. Not for more than one thread at a time.
public final class TextKeyHasher {
    private let hasher: SHA256Hasher
    private let prefix: [UInt8]

    /// - Parameter bundleVersion: of the encoder that makes the texts' vectors.
    public init(bundleVersion: String) throws(Fault) {
        hasher = try SHA256Hasher()
        prefix = Array(bundleVersion.utf8) + [0]
    }

    /// Nil for the empty text, which has no vector.
    public func key(of text: String) throws(Fault) -> VectorKey? {
        if text.isEmpty { return nil }
        let prefix = prefix
        try hasher.update(prefix.span)
        try hasher.update(text.utf8.span)
        let digest = try hasher.finish()
        return VectorKey(digest.span)
    }
}

extension Catalog {
    /// The texts that are to be encoded before entries with them can be stored: where the catalogue
    /// has a text's vector, or the same text stood before, the text is "".
    /// - Parameter bundleVersion: of the encoder that makes the catalogue's vectors.
    public func missingTexts(
        of texts: [String], bundleVersion: String
    ) throws(Fault) -> [String] {
        let hasher = try TextKeyHasher(bundleVersion: bundleVersion)
        var seen: Set<VectorKey> = []
        var missing: [String] = []
        for text in texts {
            let isMissing =
                if let key = try hasher.key(of: text) {
                    vectors.row(of: key) == nil && seen.insert(key).inserted
                } else { false }
            missing.append(isMissing ? text : "")
        }
        return missing
    }
}
