public import Base
private import COpenSSL

/// The secret a caller calls with. Only its SHA-256 is stored: whoever reads the file of callers
/// cannot call.
public enum BearerToken {
    public static let hashBytes = 32
    private static let randomBytes = 32

    /// A new one, 256 random bits in base64url (RFC 4648, section 5).
    public static func make() throws(Fault) -> String {
        var bytes = [UInt8](repeating: 0, count: randomBytes)
        guard RAND_bytes(&bytes, Int32(bytes.count)) == 1 else {
            throw CryptoFailure.fault("RAND_bytes")
        }
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var text: [UInt8] = []
        var bits = 0
        var bitCount = 0
        for byte in bytes {
            bits = bits << 8 | Int(byte)
            bitCount += 8
            while bitCount >= 6 {
                bitCount -= 6
                text.append(alphabet[bits >> bitCount & 63])
            }
            bits &= 63
        }
        text.append(alphabet[bits << (6 - bitCount) & 63])
        return String(decoding: text, as: UTF8.self)
    }

    public static func hash(_ token: Span<UInt8>) throws(Fault) -> [UInt8] {
        try SHA256Hasher.digest(of: token)
    }

    /// Compares in a time that depends on the lengths only.
    public static func areEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        areEqual(a.span.bytes, b)
    }

    public static func areEqual(_ a: RawSpan, _ b: [UInt8]) -> Bool {
        let b = b.span.bytes
        guard a.byteCount == b.byteCount else { return false }
        return a.withUnsafeBytes { a in
            b.withUnsafeBytes { CRYPTO_memcmp(a.baseAddress, $0.baseAddress, a.count) == 0 }
        }
    }
}
