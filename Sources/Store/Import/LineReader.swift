internal import Base

/// Lines of a source, for formats in which a line is a record. Blank lines are passed over.
struct LineReader {
    private var buffer: RowBuffer
    private let bounds: RowBounds
    private var lineEnd = 0
    private(set) var lineNumber = 0

    init(_ source: ByteSource, bounds: RowBounds) throws(Fault) {
        buffer = RowBuffer(source)
        self.bounds = bounds
        _ = try buffer.fill()
        if buffer.bytes[..<buffer.end].starts(with: [0xEF, 0xBB, 0xBF]) { lineEnd = 3 }
    }

    var consumedByteCount: Int64 { buffer.consumedByteCount }
    var totalByteCount: Int64? { buffer.totalByteCount }
    /// What `next()`'s range is of.
    var bytes: [UInt8] { buffer.bytes }

    func original() -> String {
        var line = buffer.text(to: lineEnd, limit: bounds.maxOriginalBytes)
        while line.last?.isNewline == true { line.removeLast() }
        return line
    }

    /// The next line that is not blank, without its end; nil after the last. One that is too long
    /// throws `RowRejection`.
    mutating func next() throws -> Range<Int>? {
        while true {
            buffer.advance(to: lineEnd)
            lineNumber += 1
            let isTooLong = try findEnd()
            if buffer.start == buffer.end { return nil }
            if isTooLong { throw RowRejection("longer than \(bounds.maxRowBytes) bytes") }
            let line = trimmed(buffer.start..<lineEnd)
            if !line.isEmpty { return line }
        }
    }

    /// Sets `lineEnd` past the line feed, or to the end. Of a line that is too long the beginning is
    /// dropped as it is passed over; true then.
    private mutating func findEnd() throws(Fault) -> Bool {
        var position = buffer.start
        var isTooLong = false
        while true {
            let found = Self.lineFeed(in: buffer.bytes, from: position, to: buffer.end)
            if let found { position = found }
            if found == nil { position = buffer.end }
            if position - buffer.start > bounds.maxRowBytes { isTooLong = true }
            if found != nil || buffer.isAtEnd {
                lineEnd = found == nil ? position : position + 1
                return isTooLong
            }
            if isTooLong { buffer.advance(to: position - bounds.maxOriginalBytes) }
            let passed = position - buffer.start
            _ = try buffer.fill()
            position = buffer.start + passed
        }
    }

    private static func lineFeed(in bytes: [UInt8], from start: Int, to end: Int) -> Int? {
        var position = start
        while position < end {
            if bytes[position] == Byte.lineFeed { return position }
            position += 1
        }
        return nil
    }

    private func trimmed(_ line: Range<Int>) -> Range<Int> {
        let bytes = buffer.bytes
        var (start, end) = (line.lowerBound, line.upperBound)
        while end > start, Byte.isBlank(bytes[end - 1]) { end -= 1 }
        while start < end, Byte.isBlank(bytes[start]) { start += 1 }
        return start..<end
    }
}
