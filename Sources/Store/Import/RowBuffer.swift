internal import Base

/// A window on a source that holds at least the row at hand, whole. Memory is the largest row plus
/// one chunk, however long the source.
struct RowBuffer {
    private static let chunkByteCount = 256 * 1024

    private(set) var bytes: [UInt8] = []
    /// First byte of the row at hand.
    private(set) var start = 0
    /// One past the last byte there is.
    private(set) var end = 0
    private(set) var isAtEnd = false
    private let source: ByteSource

    init(_ source: ByteSource) { self.source = source }

    /// Bytes of the source that rows so far took.
    var consumedByteCount: Int64 { source.byteCount - Int64(end - start) }

    var totalByteCount: Int64? { source.totalByteCount }

    /// Adds a chunk after what is there; false when there is no more.
    mutating func fill() throws(Fault) -> Bool {
        if isAtEnd { return false }
        if start > 0 {
            // Rows are short against a chunk, so little is moved.
            bytes.replaceSubrange(0..<(end - start), with: Array(bytes[start..<end]))
            end -= start
            start = 0
        }
        let room = end + Self.chunkByteCount
        if bytes.count < room {
            bytes.append(contentsOf: repeatElement(0, count: room - bytes.count))
        }
        let count = try source.read(into: &bytes, from: end)
        end += count
        isAtEnd = count == 0
        return !isAtEnd
    }

    /// The next row begins at `position`.
    mutating func advance(to position: Int) { start = position }

    /// Bytes from `start`, repaired where they are not UTF-8, at most `limit` of them.
    func text(to position: Int, limit: Int) -> String {
        String(decoding: bytes[start..<min(position, start + limit)], as: UTF8.self)
    }
}
