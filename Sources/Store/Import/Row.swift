internal import Base

/// One row of any format: the values of the columns as UTF-8, one after the other. Reused from row
/// to row, so that a million rows allocate nothing.
struct Row {
    private(set) var bytes: [UInt8] = []
    private var ranges: [Range<Int>] = []
    private var fieldStart = 0
    /// Where the row began, from 1.
    var lineNumber = 0

    var fieldCount: Int { ranges.count }

    mutating func clear() {
        bytes.removeAll(keepingCapacity: true)
        ranges.removeAll(keepingCapacity: true)
        fieldStart = 0
    }

    /// More bytes of the field that is being written.
    mutating func append(_ part: ArraySlice<UInt8>) { bytes.append(contentsOf: part) }

    mutating func append(_ byte: UInt8) { bytes.append(byte) }

    /// What was appended since the last field is the next one.
    mutating func endField() { endField(at: ranges.count) }

    /// What was appended since the last field is that of a column; false when it has one already.
    @discardableResult
    mutating func endField(at column: Int) -> Bool {
        while ranges.count <= column { ranges.append(0..<0) }
        let isNew = ranges[column].isEmpty
        ranges[column] = fieldStart..<bytes.count
        fieldStart = bytes.count
        return isNew
    }

    /// Empty for a column the row does not have, and for -1.
    func range(_ column: Int) -> Range<Int> {
        column >= 0 && column < ranges.count ? ranges[column] : 0..<0
    }

    func isEmpty(_ column: Int) -> Bool { range(column).isEmpty }

    /// "" for a column the row does not have.
    func text(_ column: Int) -> String { String(decoding: bytes[range(column)], as: UTF8.self) }
}

/// Why a row is not taken, for a person.
struct RowRejection: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

/// Rows of a source in one format.
protocol RowReader {
    /// Names of the columns known so far. A format without a header may add to it at any row.
    var columns: [String] { get }
    /// Bytes of the source that rows so far took.
    var consumedByteCount: Int64 { get }
    var totalByteCount: Int64? { get }

    /// The next row that is well-formed; false at the end. A malformed one throws `RowRejection`,
    /// and the one after it is next; a `Fault` ends the reading.
    mutating func next(into row: inout Row) throws -> Bool
    /// The bytes of the row `next` returned or rejected, as they stand in the source, cut to a
    /// bounded length. Until the next call of `next`.
    func original() -> String
}

/// What is true of every row, whatever its format.
struct RowBounds {
    var maxRowBytes: Int
    var maxFieldBytes: Int
    var maxColumns: Int
    /// Of a rejected row, so much is written to the rejects.
    var maxOriginalBytes = 16 * 1024

    init(_ limits: Limits = Limits()) {
        maxRowBytes = limits.maxImportRowBytes
        maxFieldBytes = limits.maxTextBytes
        maxColumns = limits.maxImportColumns
    }

    func check(_ row: Row, columns: [String]) throws(RowRejection) {
        for column in 0..<row.fieldCount where row.range(column).count > maxFieldBytes {
            throw RowRejection("\(columns[column]): longer than \(maxFieldBytes) bytes")
        }
        do throws(UTF8.ValidationError) {
            let text = row.bytes
            _ = try UTF8Span(validating: text.span)
        } catch {
            throw RowRejection("not UTF-8")
        }
        if row.bytes.contains(0) { throw RowRejection("contains a NUL character") }
    }
}
