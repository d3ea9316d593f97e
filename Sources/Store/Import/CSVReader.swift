// RFC 4180 with what real files add: a byte order mark, LF as well as CRLF, blank lines. What the
// RFC does not allow (a quote inside an unquoted field, text after a closing quote, another number
// of fields) rejects that row; the next begins on the next line.

internal import Base

struct CSVReader: RowReader {
    private(set) var columns: [String] = []
    private var buffer: RowBuffer
    private let bounds: RowBounds
    private var lineNumber = 1
    /// Where the row that was returned or rejected ends; the next begins there.
    private var rowEnd = 0
    private var linesOfRow = 0

    /// Reads the header.
    init(_ source: ByteSource, bounds: RowBounds) throws {
        buffer = RowBuffer(source)
        self.bounds = bounds
        _ = try buffer.fill()
        try skipByteOrderMark()
        var header = Row()
        do {
            guard try next(into: &header) else { throw Self.badHeader("there is none") }
        } catch let rejection as RowRejection {
            throw Self.badHeader(rejection.reason)
        }
        columns = try Self.names(of: header, bounds: bounds)
    }

    var consumedByteCount: Int64 { buffer.consumedByteCount }
    var totalByteCount: Int64? { buffer.totalByteCount }

    func original() -> String {
        var line = buffer.text(to: rowEnd, limit: bounds.maxOriginalBytes)
        while line.last?.isNewline == true { line.removeLast() }
        return line
    }

    mutating func next(into row: inout Row) throws -> Bool {
        finishRow()
        while true {
            row.clear()
            row.lineNumber = lineNumber
            switch scan(into: &row) {
            case .row(let end, let lines):
                rowEnd = end
                linesOfRow = lines
                if row.fieldCount == 1, row.bytes.isEmpty {
                    finishRow()
                    continue
                }
                try check(row)
                return true
            case .end:
                return false
            case .incomplete:
                if buffer.end - buffer.start > bounds.maxRowBytes {
                    try rejectLine(
                        "longer than \(bounds.maxRowBytes) bytes, or a quote is not closed")
                }
                _ = try buffer.fill()
            case .malformed(let reason):
                try rejectLine(reason)
            }
        }
    }

    private func check(_ row: Row) throws {
        guard columns.isEmpty || row.fieldCount == columns.count else {
            throw RowRejection("has \(row.fieldCount) fields, the header \(columns.count)")
        }
        guard row.fieldCount <= bounds.maxColumns else {
            throw RowRejection("has more than \(bounds.maxColumns) columns")
        }
        try bounds.check(
            row,
            columns: columns.isEmpty ? (0..<row.fieldCount).map { "column \($0 + 1)" } : columns)
    }

    private mutating func finishRow() {
        buffer.advance(to: max(rowEnd, buffer.start))
        lineNumber += linesOfRow
        linesOfRow = 0
        // Filling the buffer moves what is in it: a place of before means nothing then.
        rowEnd = 0
    }

    /// Gives up the line the row began on, however the quotes stand.
    private mutating func rejectLine(_ reason: String) throws {
        var position = buffer.start
        while true {
            let bytes = buffer.bytes
            while position < buffer.end, bytes[position] != Byte.lineFeed { position += 1 }
            if position < buffer.end || buffer.isAtEnd { break }
            // A line that never ends is passed over without being kept.
            if position - buffer.start > bounds.maxRowBytes + bounds.maxOriginalBytes {
                buffer.advance(to: position - bounds.maxOriginalBytes)
            }
            let passed = position - buffer.start
            _ = try buffer.fill()
            position = buffer.start + passed
        }
        rowEnd = min(position + 1, buffer.end)
        linesOfRow = 1
        throw RowRejection(reason)
    }

    private mutating func skipByteOrderMark() throws {
        let bytes = buffer.bytes[buffer.start..<buffer.end]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { buffer.advance(to: buffer.start + 3) }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw Fault(
                .invalidArgument, reason: "BAD_FILE", "the file is UTF-16: save it as UTF-8")
        }
        rowEnd = buffer.start
    }

    private static func names(of header: Row, bounds: RowBounds) throws -> [String] {
        let names = (0..<header.fieldCount).map { header.text($0).trimmed }
        var seen: Set<String> = []
        for (position, name) in names.enumerated() {
            if name.isEmpty { throw badHeader("column \(position + 1) has no name") }
            if !seen.insert(name).inserted { throw badHeader("column \(name) is there twice") }
        }
        return names
    }

    private static func badHeader(_ what: String) -> Fault {
        Fault(.invalidArgument, reason: "BAD_HEADER", "the CSV header is wrong: \(what)")
    }
}

// The scan of one row. It looks at the buffer only: when the buffer ends before the row does, the
// buffer is filled and the row scanned anew.
extension CSVReader {
    private enum Scan {
        case row(end: Int, lines: Int)
        case end
        case incomplete
        case malformed(String)
    }

    private func scan(into row: inout Row) -> Scan {
        let bytes = buffer.bytes
        let end = buffer.end
        var position = buffer.start
        var lines = 1
        if position == end { return buffer.isAtEnd ? .end : .incomplete }
        while true {
            if position < end, bytes[position] == Byte.quote {
                switch scanQuoted(bytes, from: position + 1, to: end, &row, &lines) {
                case .closed(let after): position = after
                case .incomplete: return .incomplete
                case .unclosed: return .malformed("a quote is not closed")
                }
            } else {
                let start = position
                while position < end, !Byte.endsField(bytes[position]) { position += 1 }
                row.append(bytes[start..<position])
            }
            guard position < end else {
                if !buffer.isAtEnd { return .incomplete }
                row.endField()
                return .row(end: end, lines: lines)
            }
            switch bytes[position] {
            case Byte.comma:
                row.endField()
                position += 1
            case Byte.lineFeed:
                row.endField()
                return .row(end: position + 1, lines: lines)
            case Byte.carriageReturn:
                if position + 1 == end, !buffer.isAtEnd { return .incomplete }
                guard position + 1 == end || bytes[position + 1] == Byte.lineFeed else {
                    return .malformed("a carriage return outside quotes")
                }
                row.endField()
                return .row(end: min(position + 2, end), lines: lines)
            case Byte.quote:
                return .malformed("a quote inside an unquoted field")
            default:
                return .malformed("text after a closing quote")
            }
        }
    }

    private enum Quoted {
        case closed(after: Int)
        case incomplete
        case unclosed
    }

    private func scanQuoted(
        _ bytes: [UInt8], from start: Int, to end: Int, _ row: inout Row, _ lines: inout Int
    ) -> Quoted {
        var position = start
        var partStart = start
        while true {
            while position < end, bytes[position] != Byte.quote {
                if bytes[position] == Byte.lineFeed { lines += 1 }
                position += 1
            }
            guard position < end else { return buffer.isAtEnd ? .unclosed : .incomplete }
            if position + 1 == end, !buffer.isAtEnd { return .incomplete }
            guard position + 1 < end, bytes[position + 1] == Byte.quote else {
                row.append(bytes[partStart..<position])
                return .closed(after: position + 1)
            }
            row.append(bytes[partStart...position])
            position += 2
            partStart = position
        }
    }
}

/// Characters the readers know.
enum Byte {
    static let quote: UInt8 = 0x22
    static let comma: UInt8 = 0x2C
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D

    static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == lineFeed || byte == carriageReturn
    }

    static func endsField(_ byte: UInt8) -> Bool {
        byte == comma || byte == lineFeed || byte == carriageReturn || byte == quote
    }
}
