// The numbers of a head's file, little-endian. Reading believes nothing.

public struct HeadWriter {
    public var bytes: [UInt8] = []

    public init() {}

    public mutating func append(_ values: [Float]) {
        bytes.reserveCapacity(bytes.count + 4 * values.count)
        for value in values { append(value.bitPattern) }
    }

    public mutating func append(_ value: some FixedWidthInteger) {
        for shift in stride(from: 0, to: type(of: value).bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    /// Rows, each with its scale before it.
    public mutating func append(_ table: Int8VectorTable) {
        for row in 0..<table.rowCount {
            let vector = table.row(row)
            append([vector.scale])
            bytes += vector.values.map { UInt8(bitPattern: $0) }
        }
    }
}

/// Why a head's numbers cannot be read.
public enum HeadDamage: Error {
    /// There are fewer than the header says.
    case ended
    /// One is not finite, or larger than it can be.
    case notANumber
}

public struct HeadReader {
    private let bytes: [UInt8]
    private var position: Int
    private let end: Int

    init(bytes: [UInt8], position: Int, end: Int) {
        self.bytes = bytes
        self.position = position
        self.end = end
    }

    public var remaining: Int { end - position }

    public mutating func take(_ count: Int) throws(HeadDamage) -> ArraySlice<UInt8> {
        guard count >= 0, count <= remaining else { throw .ended }
        defer { position += count }
        return bytes[position..<position + count]
    }

    public mutating func uint64() throws(HeadDamage) -> UInt64 {
        try take(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    public mutating func integers(_ count: Int) throws(HeadDamage) -> [UInt32] {
        guard count >= 0, count <= remaining / 4 else { throw .ended }
        let start = try take(4 * count).startIndex
        return (0..<count).map { index in
            let first = start + 4 * index
            return UInt32(bytes[first]) | UInt32(bytes[first + 1]) << 8
                | UInt32(bytes[first + 2]) << 16 | UInt32(bytes[first + 3]) << 24
        }
    }

    /// - Parameter limit: every magnitude is below.
    public mutating func floats(
        _ count: Int, below limit: Float = .infinity
    ) throws(HeadDamage) -> [Float] {
        let values = try integers(count).map { Float(bitPattern: $0) }
        guard values.allSatisfy({ $0.magnitude < limit }) else { throw .notANumber }
        return values
    }

    /// - Parameter limit: of the scales.
    public mutating func table(
        rowCount: Int, width: Int, below limit: Float = .infinity
    ) throws(HeadDamage) -> Int8VectorTable {
        var rows: [Int8Vector] = []
        for _ in 0..<max(rowCount, 0) {
            let scale = try floats(1, below: limit)[0]
            rows.append(
                Int8Vector(values: try take(width).map { Int8(bitPattern: $0) }, scale: scale))
        }
        return Int8VectorTable(dimension: width, rows: rows)
    }
}
