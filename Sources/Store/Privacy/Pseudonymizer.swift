public import Base
private import COpenSSL

/// Turns user identifiers into pseudonyms: HMAC-SHA-256 (RFC 2104, RFC 6234) under the
/// installation's key. Who has the store but not the key cannot tell who is in it, nor try names.
public struct Pseudonymizer: Sendable {
    /// Bytes of an installation's key.
    public static let keyByteCount = 32

    let key: [UInt8]

    /// - Parameter key: `keyByteCount` random bytes.
    public init(key: [UInt8]) throws(Fault) {
        guard key.count == Self.keyByteCount else {
            throw Fault(
                .failedPrecondition, reason: "BAD_PSEUDONYM_KEY",
                "a pseudonym key is \(Self.keyByteCount) bytes, this one \(key.count)")
        }
        self.key = key
    }

    public func pseudonym(of userId: String) throws(Fault) -> Pseudonym {
        try pseudonym(ofUTF8: userId.utf8.span)
    }

    /// The same from the identifier's UTF-8 where it lies.
    public func pseudonym(ofUTF8 userId: Span<UInt8>) throws(Fault) -> Pseudonym {
        Pseudonym(bytes: try HMACSHA256.code(key: key, message: userId))
    }

    /// What a store keeps to tell later that it is opened under the key it was made with; nothing
    /// about the key can be learnt from it.
    func checkValue() throws(Fault) -> [UInt8] {
        let label: [UInt8] = Array("rankwire pseudonym key check v1\0".utf8)
        return Array(try HMACSHA256.code(key: key, message: label.span).prefix(16))
    }
}

enum HMACSHA256 {
    static func code(key: [UInt8], message: Span<UInt8>) throws(Fault) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 0
        let result = message.withUnsafeBufferPointer { message in
            // A null message of no bytes is refused by some builds of libcrypto.
            withUnsafePointer(to: 0 as UInt8) { nothing in
                HMAC(
                    EVP_sha256(), key, Int32(key.count), message.baseAddress ?? nothing,
                    message.count, &code, &count)
            }
        }
        guard result != nil, count == 32 else { throw CryptoFailure.fault("HMAC") }
        return code
    }
}
