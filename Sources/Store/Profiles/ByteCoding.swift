internal import Base

/// Writes the store's own binary formats: little-endian fixed widths, lengths as unsigned LEB128.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func fixed(_ value: some FixedWidthInteger) {
        var rest = value
        for _ in 0..<(type(of: value).bitWidth / 8) {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    mutating func float(_ value: Float) { fixed(value.bitPattern) }

    mutating func count(_ value: Int) { unsigned(UInt64(value)) }

    /// LEB128.
    mutating func unsigned(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func string(_ value: String) {
        count(value.utf8.count)
        bytes.append(contentsOf: value.utf8)
    }

    mutating func raw(_ values: some Sequence<UInt8>) { bytes.append(contentsOf: values) }
}

/// Reads what `ByteWriter` wrote, believing nothing: every length is held against what is left.
struct ByteReader {
    private let bytes: [UInt8]
    private var position: Int
    private let end: Int
    private let what: String

    /// - Parameters:
    ///   - start: where the value begins in `bytes`.
    ///   - end: where it ends; nil for the end of `bytes`.
    ///   - what: names the value in errors.
    init(_ bytes: [UInt8], from start: Int = 0, end: Int? = nil, what: String) {
        self.bytes = bytes
        position = start
        self.end = end ?? bytes.count
        self.what = what
    }

    var isAtEnd: Bool { position == end }

    func damaged(_ detail: String) -> Fault {
        Fault(.dataLoss, reason: "STORE_CORRUPT", "\(what) is damaged: \(detail)")
    }

    mutating func fixed<Value: FixedWidthInteger>(_: Value.Type) throws(Fault) -> Value {
        let width = Value.bitWidth / 8
        guard end - position >= width else { throw damaged("it ends early") }
        var value: Value = 0
        for i in 0..<width { value |= Value(truncatingIfNeeded: bytes[position + i]) << (8 * i) }
        position += width
        return value
    }

    mutating func float() throws(Fault) -> Float { Float(bitPattern: try fixed(UInt32.self)) }

    /// A count of things of which each takes at least `minimumBytes`.
    mutating func count(minimumBytes: Int = 1) throws(Fault) -> Int {
        let value = try unsigned(maxShift: 28, of: "a length")
        guard Int(value) * minimumBytes <= end - position else {
            throw damaged("a length runs past its end")
        }
        return Int(value)
    }

    /// LEB128, of at most so many bits before the last seven.
    mutating func unsigned(maxShift: UInt64, of what: String) throws(Fault) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try fixed(UInt8.self)
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
            guard shift <= maxShift else { throw damaged("\(what) has too many bytes") }
        }
    }

    mutating func string() throws(Fault) -> String {
        let text = String(validating: bytes[try stringRange()], as: UTF8.self)
        guard let text else { throw damaged("a string is not UTF-8") }
        return text
    }

    /// Where the string's bytes are.
    mutating func stringRange() throws(Fault) -> Range<Int> {
        let length = try count()
        defer { position += length }
        return position..<position + length
    }

    mutating func signedBytes(_ length: Int) throws(Fault) -> [Int8] {
        guard end - position >= length else { throw damaged("it ends early") }
        let values = bytes[position..<position + length].map { Int8(bitPattern: $0) }
        position += length
        return values
    }
}
