/// Names a text's vector by content: the first 16 bytes of a SHA-256 over the encoder's version and
/// the text. Ordered as its bytes are.
public struct VectorKey: Sendable, Hashable, Comparable {
    public static let byteCount = 16

    let high: UInt64
    let low: UInt64

    /// - Precondition: at least `byteCount` bytes; more are not looked at.
    public init(_ bytes: Span<UInt8>) {
        precondition(bytes.count >= Self.byteCount, "a key has 16 bytes")
        func word(from start: Int) -> UInt64 {
            var word: UInt64 = 0
            for i in start..<start + 8 { word = word << 8 | UInt64(bytes[i]) }
            return word
        }
        high = word(from: 0)
        low = word(from: 8)
    }

    public var bytes: [UInt8] {
        [high, low].flatMap { word in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> $0) }
        }
    }

    public static func < (left: VectorKey, right: VectorKey) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }
}
