// What BERT's reference normaliser does to each code point, unpacked from the generated data.
//
// A code point's record says everything about it for every option; CharacterTable then picks what
// a tokenizer's options ask for. Records are few (about two thousand) because lower case is kept as
// a difference, so that most of a script shares one record.

/// One kind of code point.
struct UnicodeRecord {
    struct Flags: OptionSet {
        let rawValue: UInt8

        /// Cleaning removes it: control, format and private-use characters, U+FFFD.
        static let removed = Flags(rawValue: 1)
        static let space = Flags(rawValue: 2)
        /// Gets spaces around itself when ideographs are split.
        static let ideograph = Flags(rawValue: 4)
        /// A word of its own.
        static let punctuation = Flags(rawValue: 8)
        /// Vanishes when accents are stripped.
        static let mark = Flags(rawValue: 16)
        /// A Hangul syllable: decomposes by arithmetic (Unicode, section 3.12).
        static let hangul = Flags(rawValue: 32)
    }

    var flags: Flags
    /// Lower case minus the code point.
    var lowerDelta: Int32
    /// Canonical combining class; 0 for what starts a new order.
    var combiningClass: UInt8
    /// Canonical decomposition, empty where it is the code point itself.
    var decomposition: ArraySlice<UInt32>
}

/// The two-stage table over all of Unicode, shared by every tokenizer of the process.
struct UnicodeTable: Sendable {
    static let shared = UnicodeTable(base64: unicodeTableData)

    let records: [UnicodeRecord]
    /// Code point / 256 -> block.
    let blocks: FrozenTable<UInt8>
    /// Block * 256 + code point % 256 -> record.
    let recordIndices: FrozenTable<UInt16>

    /// The data is the program's own, so a damaged one stops the process.
    private init(base64: StaticString) {
        var reader = PackedReader(base64: base64)
        records = (0..<reader.unsigned()).map { _ in
            let flags = UnicodeRecord.Flags(rawValue: UInt8(reader.unsigned()))
            let delta = Int32(reader.signed())
            let combiningClass = UInt8(reader.unsigned())
            let decomposition = (0..<reader.unsigned()).map { _ in UInt32(reader.unsigned()) }
            return UnicodeRecord(
                flags: flags, lowerDelta: delta, combiningClass: combiningClass,
                decomposition: decomposition[...])
        }
        let blockCount = reader.unsigned()
        blocks = FrozenTable(reader.runs(count: 0x1100).map { UInt8($0) })
        recordIndices = FrozenTable(reader.runs(count: blockCount * 256).map { UInt16($0) })
    }

    /// - Parameter codePoint: below 0x110000.
    @inline(__always)
    func recordIndex(of codePoint: UInt32) -> Int {
        let block = Int(blocks[Int(codePoint >> 8)])
        return Int(recordIndices[block << 8 | Int(codePoint & 0xFF)])
    }

    func record(of codePoint: UInt32) -> UnicodeRecord { records[recordIndex(of: codePoint)] }
}

/// Reads the generated data: LEB128 numbers in base64.
private struct PackedReader {
    private var bytes: [UInt8] = []
    private var position = 0

    init(base64: StaticString) {
        bytes.reserveCapacity(base64.utf8CodeUnitCount * 3 / 4)
        var bits: UInt32 = 0
        var bitCount = 0
        base64.withUTF8Buffer { text in
            for character in text {
                guard let value = Self.sextet(character) else { continue }
                bits = bits << 6 | value
                bitCount += 6
                if bitCount >= 8 {
                    bitCount -= 8
                    bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
                }
            }
        }
    }

    private static func sextet(_ character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character) - 97 + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character) - 48 + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }

    mutating func unsigned() -> Int {
        var value = 0
        var shift = 0
        while true {
            let byte = bytes[position]
            position += 1
            value |= Int(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    mutating func signed() -> Int {
        let value = unsigned()
        return value & 1 == 0 ? value >> 1 : -(value + 1) >> 1
    }

    mutating func runs(count: Int) -> [Int] {
        var values: [Int] = []
        values.reserveCapacity(count)
        while values.count < count {
            let head = unsigned()
            let step = head & 1
            let first = (values.last ?? 0) + signed()
            for i in 0..<(head >> 1) { values.append(first + i * step) }
        }
        precondition(values.count == count, "damaged Unicode table")
        return values
    }
}
