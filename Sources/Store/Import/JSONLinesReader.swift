internal import Base

/// One JSON object (RFC 8259) a line, flat: names are columns, values strings, numbers, booleans or
/// null, which counts as absent.
struct JSONLinesReader: RowReader {
    private(set) var columns: [String] = []
    private var positions: [String: Int] = [:]
    private var lines: LineReader
    private let bounds: RowBounds

    init(_ source: ByteSource, bounds: RowBounds) throws {
        lines = try LineReader(source, bounds: bounds)
        self.bounds = bounds
    }

    var consumedByteCount: Int64 { lines.consumedByteCount }
    var totalByteCount: Int64? { lines.totalByteCount }

    func original() -> String { lines.original() }

    mutating func next(into row: inout Row) throws -> Bool {
        row.clear()
        guard let line = try lineRange(&row) else { return false }
        let bytes = lines.bytes
        var scanner = JSONScanner(bytes, line)
        try scanner.expect(0x7B, "an object")
        if !scanner.take(0x7D) {
            repeat { try member(&scanner, into: &row) } while scanner.take(Byte.comma)
            try scanner.expect(0x7D, "a comma or the object's end")
        }
        guard scanner.isAtEnd else { throw RowRejection("text after the object's end") }
        try bounds.check(row, columns: columns)
        return true
    }

    private mutating func lineRange(_ row: inout Row) throws -> Range<Int>? {
        defer { row.lineNumber = lines.lineNumber }
        return try lines.next()
    }

    private mutating func member(_ scanner: inout JSONScanner, into row: inout Row) throws {
        var key = Row()
        try scanner.string(into: &key)
        key.endField()
        let name = key.text(0)
        try scanner.expect(0x3A, "a colon")
        if try scanner.scalar(into: &row, column: name) {
            guard row.endField(at: try column(name)) else {
                throw RowRejection("\(name) is there twice")
            }
        }
    }

    private mutating func column(_ name: String) throws -> Int {
        if let known = positions[name] { return known }
        guard columns.count < bounds.maxColumns else {
            throw RowRejection("\(name): more than \(bounds.maxColumns) different names so far")
        }
        positions[name] = columns.count
        columns.append(name)
        return columns.count - 1
    }
}

/// Reads the parts of a flat object.
private struct JSONScanner {
    private let bytes: [UInt8]
    private var position: Int
    private let end: Int

    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool {
        mutating get {
            skipBlanks()
            return position == end
        }
    }

    mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard position < end, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    mutating func expect(_ byte: UInt8, _ what: String) throws(RowRejection) {
        if !take(byte) { throw RowRejection("not a JSON object: \(what) is missing") }
    }

    /// Appends the value's text; false for null.
    mutating func scalar(into row: inout Row, column: String) throws(RowRejection) -> Bool {
        skipBlanks()
        guard position < end else { throw RowRejection("not a JSON object: it ends early") }
        switch bytes[position] {
        case Byte.quote:
            try string(into: &row)
            return true
        case 0x7B, 0x5B:
            throw RowRejection("\(column): an object or array, where text or a number is due")
        default:
            return try word(into: &row, column: column)
        }
    }

    private mutating func word(into row: inout Row, column: String) throws(RowRejection) -> Bool {
        let start = position
        while position < end, bytes[position] != Byte.comma, bytes[position] != 0x7D,
            !Byte.isBlank(bytes[position])
        {
            position += 1
        }
        let word = bytes[start..<position]
        if word.elementsEqual("null".utf8) { return false }
        let isBoolean = word.elementsEqual("true".utf8) || word.elementsEqual("false".utf8)
        guard isBoolean || Self.isNumber(word) else {
            throw RowRejection("\(column): not a JSON value")
        }
        row.append(word)
        return true
    }

    private static func isNumber(_ word: ArraySlice<UInt8>) -> Bool {
        guard let first = word.first, first == 0x2D || (0x30...0x39).contains(first),
            word.allSatisfy("0123456789+-.eE".utf8.contains)
        else { return false }
        return Double(String(decoding: word, as: UTF8.self)) != nil
    }

    mutating func string(into row: inout Row) throws(RowRejection) {
        try expect(Byte.quote, "a quote")
        while true {
            let start = position
            while position < end, bytes[position] != Byte.quote, bytes[position] != 0x5C {
                if bytes[position] < 0x20 { throw RowRejection("a control character in a string") }
                position += 1
            }
            row.append(bytes[start..<position])
            guard position < end else { throw RowRejection("a string is not closed") }
            position += 1
            if bytes[position - 1] == Byte.quote { return }
            try escape(into: &row)
        }
    }

    private mutating func escape(into row: inout Row) throws(RowRejection) {
        guard position < end else { throw RowRejection("a string is not closed") }
        position += 1
        switch bytes[position - 1] {
        case 0x22, 0x5C, 0x2F: row.append(bytes[position - 1])
        case 0x62: row.append(0x08)
        case 0x66: row.append(0x0C)
        case 0x6E: row.append(0x0A)
        case 0x72: row.append(0x0D)
        case 0x74: row.append(0x09)
        case 0x75:
            for byte in String(Character(try unicodeEscape())).utf8 { row.append(byte) }
        default: throw RowRejection("an unknown escape in a string")
        }
    }

    /// Four digits after `\u`, and the other half of a surrogate pair.
    private mutating func unicodeEscape() throws(RowRejection) -> Unicode.Scalar {
        let high = try codeUnit()
        if let scalar = Unicode.Scalar(high) { return scalar }
        if high < 0xDC00, position + 1 < end, bytes[position] == 0x5C, bytes[position + 1] == 0x75 {
            position += 2
            let low = try codeUnit()
            let value = 0x10000 + ((high - 0xD800) << 10) + (low &- 0xDC00)
            if (0xDC00...0xDFFF).contains(low), let scalar = Unicode.Scalar(value) { return scalar }
        }
        throw RowRejection("half a surrogate pair in a string")
    }

    private mutating func codeUnit() throws(RowRejection) -> UInt32 {
        guard position + 4 <= end,
            let value = UInt32(
                String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16),
            bytes[position] != 0x2B
        else { throw RowRejection("a wrong \\u escape in a string") }
        position += 4
        return value
    }

    private mutating func skipBlanks() {
        while position < end, Byte.isBlank(bytes[position]) { position += 1 }
    }
}
