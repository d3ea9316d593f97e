public import Base

/// Turns user identifiers into pseudonyms: HMAC-SHA-256 (RFC 2104, RFC 6234) under the
/// installation's key. Who has the store but not the key cannot tell who is in it, nor try names.
public struct Pseudonymizer: Sendable {
    /// Bytes of an installation's key.
    public static let keyByteCount = 32

    /// For a rotation, which wraps it anew.
    let key: [UInt8]
    private let hmac: HMACSHA256

    /// - Parameter key: `keyByteCount` random bytes.
    public init(key: [UInt8]) throws(Fault) {
        guard key.count == Self.keyByteCount else {
            throw Fault(
                .failedPrecondition, reason: "BAD_PSEUDONYM_KEY",
                "a pseudonym key is \(Self.keyByteCount) bytes, this one \(key.count)")
        }
        self.key = key
        hmac = try HMACSHA256(key: key)
    }

    public func pseudonym(of userId: String) throws(Fault) -> Pseudonym {
        try pseudonym(ofUTF8: userId.utf8.span)
    }

    /// The same from the identifier's UTF-8 where it lies.
    public func pseudonym(ofUTF8 userId: Span<UInt8>) throws(Fault) -> Pseudonym {
        Pseudonym(try hmac.code(of: userId))
    }

    /// What a store keeps to tell later that it is opened under the key it was made with; nothing
    /// about the key can be learnt from it.
    func checkValue() throws(Fault) -> [UInt8] {
        let label: [UInt8] = Array("rankwire pseudonym key check v1\0".utf8)
        return Array(Pseudonym(try hmac.code(of: label.span)).bytes.prefix(16))
    }
}
