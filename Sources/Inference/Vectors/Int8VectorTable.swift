internal import CKernels

/// Rows of int8 vectors of one dimension, each with its scale, row-major: those of a mapped segment,
/// where there is one, then those in memory. Immutable, shared by all threads.
public final class Int8VectorTable: Sendable {
    public let dimension: Int
    public let rowCount: Int
    /// Rows below this lie in `segment`.
    public let mappedRowCount: Int
    private let segment: VectorSegment?
    private let values: [Int8]
    private let scales: [Float]

    /// - Precondition: `values.count == scales.count * dimension`.
    public convenience init(dimension: Int, values: [Int8], scales: [Float]) {
        self.init(dimension: dimension, segment: nil, values: values, scales: scales)
    }

    /// The segment's rows, by its numbers.
    public convenience init(segment: VectorSegment) {
        self.init(dimension: segment.dimension, segment: segment, values: [], scales: [])
    }

    private init(dimension: Int, segment: VectorSegment?, values: [Int8], scales: [Float]) {
        precondition(values.count == scales.count * dimension, "rows and scales differ")
        self.dimension = dimension
        self.segment = segment
        self.values = values
        self.scales = scales
        mappedRowCount = segment?.rowCount ?? 0
        rowCount = mappedRowCount + scales.count
    }

    /// The same rows and `vectors` after them. Copies what is in memory, not the segment.
    public func appending(_ vectors: [Int8Vector]) -> Int8VectorTable {
        if vectors.isEmpty { return self }
        var (values, scales) = (values, scales)
        for vector in vectors {
            precondition(vector.dimension == dimension, "dimensions differ")
            values.append(contentsOf: vector.values)
            scales.append(vector.scale)
        }
        return Int8VectorTable(
            dimension: dimension, segment: segment, values: values, scales: scales)
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

    /// Asks for a row that will soon be compared: memory brings several at a time, but comparing waits
    /// for one after the other.
    public func prefetch(_ index: Int) {
        guard dimension > 0 else { return }
        withRow(index) { values, _ in rw_prefetch(values, dimension) }
        if let segment, index < mappedRowCount {
            rw_prefetch(segment.scales + index, MemoryLayout<Float>.size)
        }
    }

    public func row(_ index: Int) -> Int8Vector {
        if dimension == 0 { return Int8Vector(values: [], scale: scales[index]) }
        return withRow(index) { values, scale in
            Int8Vector(
                values: Array(UnsafeBufferPointer(start: values, count: dimension)), scale: scale)
        }
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
        guard rowCount > 0, dimension > 0 else { return [Float](repeating: 0, count: rowCount) }
        var result: [Float] = []
        result.reserveCapacity(rowCount)
        for (start, count) in [(0, mappedRowCount), (mappedRowCount, scales.count)] where count > 0
        {
            appendDots(query, from: start, count: count, to: &result)
        }
        return result
    }

    /// For rows that lie side by side.
    private func appendDots(
        _ query: Int8Vector, from start: Int, count: Int, to result: inout [Float]
    ) {
        var found = [Int32](repeating: 0, count: count)
        withRow(start) { rows, _ in
            query.values.withUnsafeBufferPointer { query in
                found.withUnsafeMutableBufferPointer { sums in
                    KernelTable.current.functions.pointee.dot_rows(
                        query.baseAddress, rows, dimension, count, dimension, sums.baseAddress)
                }
            }
        }
        let (sums, scale, first) = (found, query.scale, result.count)
        func append(_ scales: UnsafePointer<Float>) {
            result.append(contentsOf: repeatElement(0, count: count))
            result.withUnsafeMutableBufferPointer { result in
                sums.withUnsafeBufferPointer { sums in
                    for row in 0..<count {
                        result[first + row] = Float(sums[row]) * scales[row] * scale
                    }
                }
            }
        }
        if let segment, start < mappedRowCount {
            append(segment.scales + start)
        } else {
            scales.withUnsafeBufferPointer { scales in
                if let base = scales.baseAddress { append(base) }
            }
        }
    }

    /// Hands out rows where they lie, with their scales: those of `range` from its start on that lie side
    /// by side, how many is the body's last parameter. For `dimension` above 0.
    func withRows<Result>(
        _ range: Range<Int>,
        _ body: (UnsafePointer<Int8>, _ scales: UnsafePointer<Float>, _ count: Int) -> Result
    ) -> Result {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= rowCount && !range.isEmpty
                && dimension > 0,
            "no such rows")
        if let segment, range.lowerBound < mappedRowCount {
            return body(
                segment.values + range.lowerBound * dimension, segment.scales + range.lowerBound,
                min(range.upperBound, mappedRowCount) - range.lowerBound)
        }
        let row = range.lowerBound - mappedRowCount
        return values.withUnsafeBufferPointer { values in
            scales.withUnsafeBufferPointer { scales in
                guard let values = values.baseAddress, let scales = scales.baseAddress else {
                    preconditionFailure("an empty table")
                }
                return body(values + row * dimension, scales + row, range.count)
            }
        }
    }

    /// Hands out row `index` where it lies, with its scale. For `dimension` above 0.
    func withRow<Result>(
        _ index: Int, _ body: (_ values: UnsafePointer<Int8>, _ scale: Float) -> Result
    ) -> Result {
        precondition(index >= 0 && index < rowCount && dimension > 0, "no such row")
        if let segment, index < mappedRowCount {
            return body(segment.values + index * dimension, segment.scales[index])
        }
        let row = index - mappedRowCount
        return values.withUnsafeBufferPointer { all in
            guard let base = all.baseAddress else { preconditionFailure("an empty table") }
            return body(base + row * dimension, scales[row])
        }
    }
}
