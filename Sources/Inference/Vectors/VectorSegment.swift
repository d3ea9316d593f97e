// Vectors of texts in a file that is mapped read-only: its pages are shared between processes, and a
// start reads none of them from the database. Rows are found by the text's content, so a segment that
// belongs to another time of a store lacks rows, but has no wrong ones.
//
//     0   "RWVECTR1"
//     8   dimension, then number of rows, each a little-endian uint32
//     64  keys, 16 bytes each, ascending
//         scales, a float each
//         values, `dimension` int8 each, row after row
//     ... SHA-256 of all before it
//
// Keys, scales and values begin at multiples of 64 bytes, so that rows of 384 values each begin at
// one.

private import Foundation

/// A mapped segment. Immutable, shared by all threads.
public final class VectorSegment: @unchecked Sendable {
    // Safe: the mapping is read-only and its address never changes.
    public let dimension: Int
    public let rowCount: Int
    private let file: MappedFile
    /// One for each row, and `dimension` for each row.
    let scales: UnsafePointer<Float>
    let values: UnsafePointer<Int8>

    /// Maps the file and checks every byte of it.
    /// - Throws: when it is missing, damaged, or of vectors of another dimension.
    public init(path: String, dimension: Int) throws(BundleError) {
        let file = try MappedFile(path: path)
        let bytes = file.bytes
        guard bytes.count >= Layout.headerBytes + Layout.digestBytes,
            Array(bytes.prefix(Layout.magic.count)) == Layout.magic
        else { throw BundleError(file: path, "is no vector segment") }
        let found = Int(UInt32(littleEndian: bytes.load(fromByteOffset: 8, as: UInt32.self)))
        let rows = Int(UInt32(littleEndian: bytes.load(fromByteOffset: 12, as: UInt32.self)))
        let layout = Layout(dimension: found, rowCount: rows)
        guard bytes.count == layout.digest + Layout.digestBytes,
            SHA256.digest(UnsafeRawBufferPointer(rebasing: bytes[..<layout.digest]))
                == Array(bytes[layout.digest...])
        else { throw BundleError(file: path, "is damaged: its checksum does not match") }
        guard found == dimension, let base = bytes.baseAddress else {
            throw BundleError(file: path, "has vectors of \(found) values, not \(dimension)")
        }
        self.dimension = dimension
        self.file = file
        rowCount = rows
        scales = (base + layout.scales).assumingMemoryBound(to: Float.self)
        values = (base + layout.values).assumingMemoryBound(to: Int8.self)
    }

    public func key(at row: Int) -> VectorKey {
        precondition(row >= 0 && row < rowCount, "no such row")
        let start = Layout.headerBytes + row * VectorKey.byteCount
        let bytes = UnsafeRawBufferPointer(
            rebasing: file.bytes[start..<start + VectorKey.byteCount])
        return VectorKey(bytes.bindMemory(to: UInt8.self).span)
    }

    public func row(of key: VectorKey) -> Int? {
        var (low, high) = (0, rowCount)
        while low < high {
            let middle = (low + high) / 2
            if self.key(at: middle) < key { low = middle + 1 } else { high = middle }
        }
        return low < rowCount && self.key(at: low) == key ? low : nil
    }

    /// Puts a segment where `path` says, in place of the one that may be there: who has that one
    /// mapped keeps it.
    /// - Parameter rows: of `table`, with their keys, ascending and each once.
    public static func write(
        _ rows: [(key: VectorKey, row: Int)], of table: Int8VectorTable, path: String
    ) throws(BundleError) {
        let layout = Layout(dimension: table.dimension, rowCount: rows.count)
        var bytes = [UInt8](repeating: 0, count: layout.digest)
        bytes.withUnsafeMutableBytes { bytes in
            bytes.copyBytes(from: Layout.magic)
            bytes.storeBytes(
                of: UInt32(table.dimension).littleEndian, toByteOffset: 8, as: UInt32.self)
            bytes.storeBytes(of: UInt32(rows.count).littleEndian, toByteOffset: 12, as: UInt32.self)
            for (i, (key, row)) in rows.enumerated() {
                let start = Layout.headerBytes + i * VectorKey.byteCount
                for (j, byte) in key.bytes.enumerated() { bytes[start + j] = byte }
                table.withRow(row) { values, scale in
                    bytes.storeBytes(of: scale, toByteOffset: layout.scales + 4 * i, as: Float.self)
                    UnsafeMutableRawBufferPointer(
                        rebasing: bytes[(layout.values + i * table.dimension)...]
                    ).copyMemory(
                        from: UnsafeRawBufferPointer(start: values, count: table.dimension))
                }
            }
        }
        bytes += bytes.withUnsafeBytes { SHA256.digest($0) }
        do {
            try Data(bytes).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw BundleError(file: path, "cannot be written: \(error.localizedDescription)")
        }
    }
}

/// Where the parts lie, in bytes from the start.
private struct Layout {
    static let magic = Array("RWVECTR1".utf8)
    static let headerBytes = 64
    static let digestBytes = 32
    private static let alignment = 64

    let scales: Int
    let values: Int
    let digest: Int

    init(dimension: Int, rowCount: Int) {
        scales = Self.aligned(Self.headerBytes + rowCount * VectorKey.byteCount)
        values = Self.aligned(scales + rowCount * MemoryLayout<Float>.stride)
        digest = values + rowCount * dimension
    }

    private static func aligned(_ offset: Int) -> Int {
        (offset + alignment - 1) / alignment * alignment
    }
}
