/// Rows of int8 vectors of one dimension, each with its scale, row-major in one block. Immutable:
/// built once, shared by all threads.
public final class Int8VectorTable: Sendable {
    public let dimension: Int
    public let rowCount: Int
    private let values: [Int8]
    private let scales: [Float]

    /// - Precondition: `values.count == scales.count * dimension`.
    public init(dimension: Int, values: [Int8], scales: [Float]) {
        precondition(values.count == scales.count * dimension, "rows and scales differ")
        self.dimension = dimension
        self.values = values
        self.scales = scales
        rowCount = scales.count
    }

    public convenience init(dimension: Int, rows: [Int8Vector]) {
        var values: [Int8] = []
        values.reserveCapacity(rows.count * dimension)
        for row in rows {
            precondition(row.dimension == dimension, "dimensions differ")
            values.append(contentsOf: row.values)
        }
        self.init(dimension: dimension, values: values, scales: rows.map(\.scale))
    }

    public func row(_ index: Int) -> Int8Vector {
        Int8Vector(
            values: Array(values[index * dimension..<(index + 1) * dimension]),
            scale: scales[index])
    }

    /// `Int8Vector.dot` of `query` with row `index`.
    public func dot(_ query: Int8Vector, row index: Int) -> Float {
        precondition(query.dimension == dimension, "dimensions differ")
        var sum: Int32 = 0
        let start = index * dimension
        for i in 0..<dimension { sum &+= Int32(values[start + i]) &* Int32(query.values[i]) }
        return Float(sum) * scales[index] * query.scale
    }

    /// Writes row `index` as Int16 to `buffer`, which holds `dimension` values, and returns its
    /// scale: what `VectorProbes` multiplies, without an allocation.
    func widen(row index: Int, into buffer: inout [Int16]) -> Float {
        let values = values
        let row = values.span.extracting(index * dimension..<(index + 1) * dimension)
        precondition(buffer.count == dimension, "the buffer has another dimension")
        for i in row.indices { buffer[i] = Int16(row[i]) }
        return scales[index]
    }
}
