/// Base64 (RFC 4648, section 4) of metadata whose name ends in `-bin`: written without padding, read
/// with or without.
enum Base64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    /// By byte: the six bits it stands for, 0xFF for what is no digit.
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 0xFF, count: 256)
        for (value, digit) in alphabet.enumerated() { table[Int(digit)] = UInt8(value) }
        return table
    }()

    static func encode(_ bytes: [UInt8]) -> String {
        var digits: [UInt8] = []
        digits.reserveCapacity((bytes.count * 4 + 2) / 3)
        var i = 0
        while i < bytes.count {
            let taken = min(3, bytes.count - i)
            var group: UInt32 = 0
            for j in 0..<3 { group = group << 8 | (j < taken ? UInt32(bytes[i + j]) : 0) }
            for j in 0...taken { digits.append(alphabet[Int(group >> (18 - 6 * j)) & 63]) }
            i += 3
        }
        return String(decoding: digits, as: UTF8.self)
    }

    /// Nil for a digit outside the alphabet, misplaced padding or a length no bytes have.
    static func decode(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        var digits = text[...]
        var padding = 0
        while digits.last == UInt8(ascii: "="), padding < 2 {
            digits = digits.dropLast()
            padding += 1
        }
        let isPaddedWrong = padding > 0 && (digits.count + padding) % 4 != 0
        if digits.count % 4 == 1 || isPaddedWrong { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count * 3 / 4)
        var group: UInt32 = 0
        var bits = 0
        for digit in digits {
            let value = values[Int(digit)]
            if value == 0xFF { return nil }
            group = group << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
            }
        }
        return bytes
    }
}
