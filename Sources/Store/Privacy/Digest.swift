internal import Base
private import COpenSSL

/// SHA-256 (FIPS 180-4) through libcrypto, its context kept between messages: fetching the
/// algorithm costs more than hashing a short text. Not for more than one thread at a time.
final class SHA256Hasher {
    static let byteCount = 32

    private let context: OpaquePointer

    init() throws(Fault) {
        guard let context = EVP_MD_CTX_new() else { throw CryptoFailure.fault("EVP_MD_CTX_new") }
        guard EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            EVP_MD_CTX_free(context)
            throw CryptoFailure.fault("EVP_DigestInit_ex")
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    func update(_ bytes: Span<UInt8>) throws(Fault) {
        let result = bytes.withUnsafeBufferPointer {
            EVP_DigestUpdate(context, $0.baseAddress, $0.count)
        }
        guard result == 1 else { throw CryptoFailure.fault("EVP_DigestUpdate") }
    }

    /// The digest of all updates since the last one; starts the next message.
    func finish() throws(Fault) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Self.byteCount)
        var count: UInt32 = 0
        guard EVP_DigestFinal_ex(context, &digest, &count) == 1, count == Self.byteCount else {
            throw CryptoFailure.fault("EVP_DigestFinal_ex")
        }
        guard EVP_DigestInit_ex(context, nil, nil) == 1 else {
            throw CryptoFailure.fault("EVP_DigestInit_ex")
        }
        return digest
    }

    static func digest(of bytes: Span<UInt8>) throws(Fault) -> [UInt8] {
        let hasher = try SHA256Hasher()
        try hasher.update(bytes)
        return try hasher.finish()
    }
}

/// A libcrypto call that failed: memory ran out or the library is broken; nothing a caller did.
enum CryptoFailure {
    static func fault(_ call: String) -> Fault {
        let code = ERR_get_error()
        return Fault(
            .internal, reason: "CRYPTO_FAILURE",
            "\(call) failed with error 0x\(String(code, radix: 16))")
    }
}
