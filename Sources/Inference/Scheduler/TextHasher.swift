/// Stands for a text's token ids on one version of a model: texts with equal keys have equal
/// vectors.
struct TextKey: Hashable, Sendable {
    let low: UInt64
    let high: UInt64

    /// The bits are evenly spread already.
    func hash(into hasher: inout Hasher) { hasher.combine(low) }
}

/// SipHash-2-4 with 128 bits of output (Aumasson & Bernstein, "SipHash: a fast short-input PRF",
/// 2012, appendix A). Its key is secret, so nobody can send two texts that are taken for one.
struct TextHasher: Sendable {
    private let key: (UInt64, UInt64)

    init(key: (UInt64, UInt64)) { self.key = key }

    /// The hasher of one version of a model.
    func keyed(by version: String) -> TextHasher {
        let bytes = version.utf8.map { Int32($0) }
        let derived = hash(bytes[...])
        return TextHasher(key: (derived.low, derived.high))
    }

    /// Of the ids as little-endian bytes.
    func hash(_ ids: ArraySlice<Int32>) -> TextKey {
        var state = State(key: key)
        var index = ids.startIndex
        while index + 1 < ids.endIndex {
            let low = UInt64(UInt32(bitPattern: ids[index]))
            state.absorb(low | UInt64(UInt32(bitPattern: ids[index + 1])) << 32)
            index += 2
        }
        var last = UInt64(ids.count * 4 & 0xff) << 56
        if index < ids.endIndex { last |= UInt64(UInt32(bitPattern: ids[index])) }
        state.absorb(last)
        return state.finish()
    }

    private struct State {
        var v0, v1, v2, v3: UInt64

        init(key: (UInt64, UInt64)) {
            v0 = key.0 ^ 0x736f_6d65_7073_6575
            v1 = key.1 ^ 0x646f_7261_6e64_6f6d ^ 0xee
            v2 = key.0 ^ 0x6c79_6765_6e65_7261
            v3 = key.1 ^ 0x7465_6462_7974_6573
        }

        private func rotated(_ x: UInt64, _ k: UInt64) -> UInt64 { x << k | x >> (64 - k) }

        private mutating func round() {
            v0 = v0 &+ v1
            v1 = rotated(v1, 13) ^ v0
            v0 = rotated(v0, 32)
            v2 = v2 &+ v3
            v3 = rotated(v3, 16) ^ v2
            v0 = v0 &+ v3
            v3 = rotated(v3, 21) ^ v0
            v2 = v2 &+ v1
            v1 = rotated(v1, 17) ^ v2
            v2 = rotated(v2, 32)
        }

        mutating func absorb(_ word: UInt64) {
            v3 ^= word
            round()
            round()
            v0 ^= word
        }

        mutating func finish() -> TextKey {
            v2 ^= 0xee
            for _ in 0..<4 { round() }
            let low = v0 ^ v1 ^ v2 ^ v3
            v1 ^= 0xdd
            for _ in 0..<4 { round() }
            return TextKey(low: low, high: v0 ^ v1 ^ v2 ^ v3)
        }
    }
}
