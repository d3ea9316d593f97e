// Code points and their bytes (Unicode, table 3-7). Strict, because the bytes come from outside.

/// The code point of two to four bytes that starts at `position`, or nil where none does.
@inline(__always)
func decodeUTF8(
    _ text: UnsafeBufferPointer<UInt8>, at position: Int
) -> (codePoint: UInt32, byteCount: Int)? {
    let lead = UInt32(text[position])
    let count = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
    guard lead >= 0xC2 && lead <= 0xF4 && position + count <= text.count else { return nil }
    var codePoint = lead & (0x7F >> UInt32(count))
    for i in 1..<count {
        let byte = UInt32(text[position + i])
        guard byte & 0xC0 == 0x80 else { return nil }
        codePoint = codePoint << 6 | byte & 0x3F
    }
    switch count {
    case 2: return (codePoint, 2)
    case 3 where codePoint < 0x800 || codePoint & 0xFFFF_F800 == 0xD800: return nil
    case 4 where codePoint < 0x10000 || codePoint > 0x10FFFF: return nil
    default: return (codePoint, count)
    }
}

/// Writes the bytes of a code point and returns how many they are, one to four.
@inline(__always)
func encodeUTF8(_ codePoint: UInt32, to out: UnsafeMutablePointer<UInt8>) -> Int {
    func tail(_ shift: UInt32) -> UInt8 {
        UInt8(truncatingIfNeeded: codePoint >> shift & 0x3F | 0x80)
    }
    switch codePoint {
    case ..<0x80:
        out[0] = UInt8(truncatingIfNeeded: codePoint)
        return 1
    case ..<0x800:
        out[0] = UInt8(truncatingIfNeeded: codePoint >> 6 | 0xC0)
        out[1] = tail(0)
        return 2
    case ..<0x10000:
        out[0] = UInt8(truncatingIfNeeded: codePoint >> 12 | 0xE0)
        out[1] = tail(6)
        out[2] = tail(0)
        return 3
    default:
        out[0] = UInt8(truncatingIfNeeded: codePoint >> 18 | 0xF0)
        out[1] = tail(12)
        out[2] = tail(6)
        out[3] = tail(0)
        return 4
    }
}
