private import COpenSSL

/// Checksums of files: SHA-256 (FIPS 180-4) by libcrypto.
public enum SHA256 {
    private static let digestBytes = 32

    static func digest(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: digestBytes)
        let code = EVP_Digest(bytes.baseAddress, bytes.count, &digest, nil, EVP_sha256(), nil)
        // Fails only where memory has run out or the library lacks its algorithms.
        precondition(code == 1, "libcrypto computes no SHA-256")
        return digest
    }

    /// Lower-case hexadecimal.
    static func hexDigest(_ bytes: UnsafeRawBufferPointer) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: digest(bytes).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self)
    }

    public static func hexDigest(_ bytes: [UInt8]) -> String {
        bytes.withUnsafeBytes { hexDigest($0) }
    }
}
