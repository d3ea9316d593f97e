internal import Base
private import COpenSSL

/// HMAC-SHA-256 (RFC 2104, RFC 6234) under one key, whose two blocks are hashed beforehand (RFC 2104,
/// section 4). A value without context objects, so any thread may use it: a code of a short message
/// takes a tenth of what libcrypto's `HMAC` takes to set itself up.
struct HMACSHA256: Sendable {
    /// The 32 bytes of a code as they lie in memory.
    typealias Code = (UInt64, UInt64, UInt64, UInt64)

    private static let blockByteCount = 64

    private let inner: SHA256_CTX
    private let outer: SHA256_CTX

    init(key: [UInt8]) throws(Fault) {
        let short =
            key.count > Self.blockByteCount ? try SHA256Hasher.digest(of: key.span) : key
        inner = try Self.begun(short, with: 0x36)
        outer = try Self.begun(short, with: 0x5C)
    }

    func code(of message: Span<UInt8>) throws(Fault) -> Code {
        let digest = try Self.finished(inner) { context in
            message.withUnsafeBufferPointer { SHA256_Update(context, $0.baseAddress, $0.count) }
        }
        return try Self.finished(outer) { context in
            withUnsafeBytes(of: digest) { SHA256_Update(context, $0.baseAddress, $0.count) }
        }
    }

    private static func begun(_ key: [UInt8], with pad: UInt8) throws(Fault) -> SHA256_CTX {
        var block = [UInt8](repeating: pad, count: blockByteCount)
        for (i, byte) in key.enumerated() { block[i] ^= byte }
        var context = SHA256_CTX()
        guard SHA256_Init(&context) == 1, SHA256_Update(&context, block, block.count) == 1 else {
            throw CryptoFailure.fault("SHA256_Init")
        }
        return context
    }

    private static func finished(
        _ begun: SHA256_CTX, _ update: (UnsafeMutablePointer<SHA256_CTX>) -> Int32
    ) throws(Fault) -> Code {
        var context = begun
        var digest: Code = (0, 0, 0, 0)
        let result = withUnsafeMutableBytes(of: &digest) { digest in
            update(&context) == 1
                ? SHA256_Final(digest.baseAddress?.assumingMemoryBound(to: UInt8.self), &context)
                : 0
        }
        guard result == 1 else { throw CryptoFailure.fault("SHA256_Final") }
        return digest
    }
}
