/// For tables whose keys the operator chooses. Takes eight bytes at a time: a look-up waits for memory,
/// and the fewer its instructions are, the more look-ups a processor has under way at once.
enum WordHash {
    static func hash(_ bytes: Span<UInt8>) -> UInt64 {
        let words = bytes.bytes
        var hash = 0x9E37_79B9_7F4A_7C15 &* UInt64(bytes.count &+ 1)
        if bytes.count < 8 {
            var word: UInt64 = 0
            for i in bytes.indices { word = word << 8 | UInt64(bytes[i]) }
            return mix(hash ^ word)
        }
        var offset = 0
        while offset + 8 <= bytes.count {
            hash = mix(hash ^ words.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        // The last eight, whatever of them was read before.
        return mix(
            hash ^ words.unsafeLoadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self))
    }

    /// - Precondition: as many bytes in both.
    static func equal(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        precondition(left.count == right.count, "texts of two lengths")
        if left.count < 8 {
            for i in left.indices where left[i] != right[i] { return false }
            return true
        }
        let (left, right) = (left.bytes, right.bytes)
        var offset = 0
        let last = left.byteCount - 8
        while true {
            let at = min(offset, last)
            let (a, b) = (
                left.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self),
                right.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self)
            )
            if a != b { return false }
            if at == last { return true }
            offset += 8
        }
    }

    /// Both halves of a product, so that the low bits, which tables take, depend on all: identifiers that
    /// differ in their last letters alone differ in the high bits of a word.
    private static func mix(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0x9FB2_1C65_1E98_DF25)
        return product.high ^ product.low
    }
}
