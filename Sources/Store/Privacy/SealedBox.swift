// AES-256-GCM (NIST SP 800-38D) through libcrypto. A sealed box is nonce, ciphertext and tag. Nonces
// are 96 random bits: under one key at most 2^32 of them (8.3 there), and a user's key seals far fewer
// boxes than that in any life.

internal import Base
private import COpenSSL

/// Seals and opens. Contexts are kept, and a key is expanded only when it is another than the last
/// one's, so a user's boxes one after the other cost little more than their bytes. Not for more than
/// one thread at a time.
final class SealedBoxes {
    static let keyByteCount = 32
    private static let nonceByteCount = 12
    private static let tagByteCount = 16
    /// What a box takes beside its content.
    static let overheadByteCount = nonceByteCount + tagByteCount

    private let sealing: CipherContext
    private let opening: CipherContext
    private var nonces = RandomBytes()

    init() throws(Fault) {
        sealing = try CipherContext()
        opening = try CipherContext()
    }

    /// - Parameter context: what the box belongs to; it opens for the same only.
    func seal(
        _ content: [UInt8], key: [UInt8], context: [UInt8]
    ) throws(Fault) -> [UInt8] {
        let nonce = try nonces.take(Self.nonceByteCount)
        try sealing.begin(key: key, nonce: nonce, seals: true)
        var length: Int32 = 0
        var box = [UInt8](repeating: 0, count: Self.overheadByteCount + content.count)
        let isSealed = box.withUnsafeMutableBufferPointer { box in
            for i in nonce.indices { box[i] = nonce[i] }
            let start = box.baseAddress! + Self.nonceByteCount
            return EVP_EncryptUpdate(
                sealing.pointer, nil, &length, context, Int32(context.count)) == 1
                && EVP_EncryptUpdate(
                    sealing.pointer, start, &length, content, Int32(content.count)) == 1
                && EVP_EncryptFinal_ex(sealing.pointer, start + content.count, &length) == 1
                && EVP_CIPHER_CTX_ctrl(
                    sealing.pointer, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagByteCount),
                    start + content.count) == 1
        }
        guard isSealed else { throw CryptoFailure.fault("EVP_Encrypt") }
        return box
    }

    /// Nil when the box is another key's, another context's, or damaged.
    func open(
        _ box: Span<UInt8>, key: [UInt8], context: [UInt8]
    ) throws(Fault) -> [UInt8]? {
        var content: [UInt8] = []
        return try open(box, key: key, context: context, appendingTo: &content) ? content : nil
    }

    /// The same; what is in the box goes to the end of `content`.
    func open(
        _ box: Span<UInt8>, key: [UInt8], context: [UInt8], appendingTo content: inout [UInt8]
    ) throws(Fault) -> Bool {
        let count = box.count - Self.overheadByteCount
        guard count >= 0 else { return false }
        let nonce = (0..<Self.nonceByteCount).map { box[$0] }
        try opening.begin(key: key, nonce: nonce, seals: false)
        let start = content.count
        content.append(contentsOf: repeatElement(0, count: count))
        let isOpen = content.withUnsafeMutableBufferPointer { content in
            box.withUnsafeBufferPointer { box in
                opening.open(
                    UnsafeBufferPointer(rebasing: box[Self.nonceByteCount...]),
                    tagByteCount: Self.tagByteCount, context: context,
                    // Never nil: an empty box's content may have no address.
                    to: content.baseAddress.map { $0 + start })
            }
        }
        if !isOpen { content.removeLast(count) }
        return isOpen
    }
}

private final class CipherContext {
    let pointer: OpaquePointer
    private var key: [UInt8] = []

    init() throws(Fault) {
        guard let pointer = EVP_CIPHER_CTX_new() else {
            throw CryptoFailure.fault("EVP_CIPHER_CTX_new")
        }
        self.pointer = pointer
    }

    deinit { EVP_CIPHER_CTX_free(pointer) }

    func begin(key: [UInt8], nonce: [UInt8], seals: Bool) throws(Fault) {
        precondition(key.count == SealedBoxes.keyByteCount, "a key of AES-256 is 32 bytes")
        let direction: Int32 = seals ? 1 : 0
        let isReady: Bool
        if self.key == key {
            isReady = EVP_CipherInit_ex(pointer, nil, nil, nil, nonce, direction) == 1
        } else {
            // Choosing the algorithm again would fetch it again.
            let cipher = self.key.isEmpty ? EVP_aes_256_gcm() : nil
            isReady = EVP_CipherInit_ex(pointer, cipher, nil, key, nonce, direction) == 1
            self.key = key
        }
        guard isReady else { throw CryptoFailure.fault("EVP_CipherInit_ex") }
    }

    /// - Parameter sealed: ciphertext and tag.
    func open(
        _ sealed: UnsafeBufferPointer<UInt8>, tagByteCount: Int, context: [UInt8],
        to content: UnsafeMutablePointer<UInt8>?
    ) -> Bool {
        let count = sealed.count - tagByteCount
        var length: Int32 = 0
        var nothing: UInt8 = 0
        let tag = UnsafeMutablePointer(mutating: sealed.baseAddress! + count)
        guard EVP_DecryptUpdate(pointer, nil, &length, context, Int32(context.count)) == 1,
            count == 0
                || EVP_DecryptUpdate(
                    pointer, content, &length, sealed.baseAddress, Int32(count)) == 1,
            EVP_CIPHER_CTX_ctrl(pointer, EVP_CTRL_AEAD_SET_TAG, Int32(tagByteCount), tag) == 1
        else { return false }
        return EVP_DecryptFinal_ex(pointer, &nothing, &length) == 1
    }
}

/// Random bytes of libcrypto's generator, drawn many at a time: a call costs more than its bytes.
struct RandomBytes {
    private static let blockByteCount = 3_072

    private var block: [UInt8] = []
    private var position = 0

    mutating func take(_ count: Int) throws(Fault) -> [UInt8] {
        if position + count > block.count {
            block = try Self.make(Self.blockByteCount)
            position = 0
        }
        defer { position += count }
        return Array(block[position..<position + count])
    }

    static func make(_ count: Int) throws(Fault) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard RAND_priv_bytes(&bytes, Int32(count)) == 1 else {
            throw CryptoFailure.fault("RAND_priv_bytes")
        }
        return bytes
    }
}
