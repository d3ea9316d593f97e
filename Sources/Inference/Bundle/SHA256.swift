internal import CKernels

/// SHA-256 (FIPS 180-4). For checksums of bundles; secrets are the business of OpenSSL.
struct SHA256 {
    private static let blockBytes = 64

    // Section 5.3.3: the fractions of the square roots of the first eight primes.
    private var state: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
        0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]
    private var pending: [UInt8] = []
    private var byteCount: UInt64 = 0

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        byteCount += UInt64(bytes.count)
        var rest = bytes[...]
        if !pending.isEmpty {
            let taken = rest.prefix(Self.blockBytes - pending.count)
            pending.append(contentsOf: taken)
            rest = rest.dropFirst(taken.count)
            guard pending.count == Self.blockBytes else { return }
            rw_sha256_blocks(&state, pending, 1)
            pending.removeAll(keepingCapacity: true)
        }
        let whole = UnsafeRawBufferPointer(rebasing: rest)
        let blocks = whole.count / Self.blockBytes
        if blocks > 0, let start = whole.baseAddress {
            rw_sha256_blocks(&state, start.assumingMemoryBound(to: UInt8.self), blocks)
        }
        pending.append(contentsOf: whole.dropFirst(blocks * Self.blockBytes))
    }

    /// Pads (section 5.1.1) and gives the digest in lower-case hexadecimal.
    consuming func finish() -> String {
        var tail = pending + [0x80]
        while tail.count % Self.blockBytes != 56 { tail.append(0) }
        for shift in stride(from: 56, through: 0, by: -8) {
            tail.append(UInt8(truncatingIfNeeded: (byteCount * 8) >> UInt64(shift)))
        }
        rw_sha256_blocks(&state, tail, tail.count / Self.blockBytes)
        let digits = Array("0123456789abcdef")
        var text = ""
        for word in state {
            for shift in stride(from: 28, through: 0, by: -4) {
                text.append(digits[Int((word >> UInt32(shift)) & 15)])
            }
        }
        return text
    }

    static func hexDigest(_ bytes: UnsafeRawBufferPointer) -> String {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finish()
    }

    static func hexDigest(_ bytes: [UInt8]) -> String {
        bytes.withUnsafeBytes { hexDigest($0) }
    }
}
