// A request compares each of its candidates with the same few vectors: the user's interest and the
// items the user dealt with. They lie side by side, so that one call of the kernel compares a
// candidate with all of them while it is in registers.

internal import CKernels

/// A few vectors that many others are compared with. A value with scratch memory of its own:
/// comparing allocates nothing.
public struct VectorProbes: Sendable {
    public let dimension: Int
    public let count: Int
    /// `Int8Vector.dot` of each probe with the vector measured last, the same bits.
    public private(set) var similarities: [Float]

    private let values: [Int8]
    private let scales: [Float]
    private var sums: [Int32]

    /// - Precondition: every vector has `dimension`, which is above 0 where there are vectors.
    public init(dimension: Int, vectors: [Int8Vector]) {
        precondition(dimension > 0 || vectors.isEmpty, "vectors without a dimension")
        self.dimension = dimension
        count = vectors.count
        var values: [Int8] = []
        values.reserveCapacity(vectors.count * dimension)
        for vector in vectors {
            precondition(vector.dimension == dimension, "dimensions differ")
            values.append(contentsOf: vector.values)
        }
        self.values = values
        scales = vectors.map(\.scale)
        similarities = [Float](repeating: 0, count: vectors.count)
        sums = [Int32](repeating: 0, count: vectors.count)
    }

    /// Compares the probes with row `index` of a table of their dimension.
    public mutating func measure(row index: Int, of table: Int8VectorTable) {
        precondition(table.dimension == dimension, "dimensions differ")
        guard count > 0 else { return }
        table.withRow(index) { compare($0, scale: $1) }
    }

    /// Compares the probes with a vector of their dimension.
    public mutating func measure(_ vector: Int8Vector) {
        precondition(vector.dimension == dimension, "dimensions differ")
        guard count > 0 else { return }
        vector.values.withUnsafeBufferPointer { values in
            guard let base = values.baseAddress else { return }
            compare(base, scale: vector.scale)
        }
    }

    /// The largest of `similarities` from probe `first` on; nil when there is none.
    public func largestSimilarity(from first: Int) -> Float? {
        guard first < count else { return nil }
        var largest = -Float.infinity
        for probe in first..<count { largest = max(largest, similarities[probe]) }
        return largest
    }

    private mutating func compare(_ vector: UnsafePointer<Int8>, scale: Float) {
        let (dimension, count) = (dimension, count)
        values.withUnsafeBufferPointer { probes in
            sums.withUnsafeMutableBufferPointer { sums in
                KernelTable.current.functions.pointee.dot_rows(
                    vector, probes.baseAddress, dimension, count, dimension, sums.baseAddress)
            }
        }
        for probe in 0..<count {
            similarities[probe] = Float(sums[probe]) * scale * scales[probe]
        }
    }
}
