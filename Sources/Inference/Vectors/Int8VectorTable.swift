internal import CKernels

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

    /// `Int8Vector.dot` of `query` with row `index`, the same bits.
    public func dot(_ query: Int8Vector, row index: Int) -> Float {
        precondition(query.dimension == dimension, "dimensions differ")
        guard dimension > 0 else { return 0 }
        return withRow(index) { row, scale in
            let sum = query.values.withUnsafeBufferPointer { values in
                values.baseAddress.map { KernelTable.current.dot($0, row, dimension) } ?? 0
            }
            return Float(sum) * scale * query.scale
        }
    }

    /// `dot` of `query` with every row, in their order.
    public func dots(_ query: Int8Vector) -> [Float] {
        precondition(rowCount == 0 || query.dimension == dimension, "dimensions differ")
        var sums = [Int32](repeating: 0, count: rowCount)
        guard rowCount > 0, dimension > 0 else { return sums.map(Float.init) }
        values.withUnsafeBufferPointer { rows in
            query.values.withUnsafeBufferPointer { query in
                sums.withUnsafeMutableBufferPointer { sums in
                    KernelTable.current.functions.pointee.dot_rows(
                        query.baseAddress, rows.baseAddress, dimension, rowCount, dimension,
                        sums.baseAddress)
                }
            }
        }
        return sums.indices.map { Float(sums[$0]) * scales[$0] * query.scale }
    }

    /// Hands out row `index` where it lies, with its scale. For `dimension` above 0.
    func withRow<Result>(
        _ index: Int, _ body: (_ values: UnsafePointer<Int8>, _ scale: Float) -> Result
    ) -> Result {
        precondition(index >= 0 && index < rowCount && dimension > 0, "no such row")
        return values.withUnsafeBufferPointer { all in
            guard let base = all.baseAddress else { preconditionFailure("an empty table") }
            return body(base + index * dimension, scales[index])
        }
    }
}
