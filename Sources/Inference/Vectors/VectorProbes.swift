// A request compares each of its candidates with the same few vectors: the user's interest and the
// items the user dealt with. They are widened to Int16 once per request and each candidate once per
// comparison, because Int16 pairs are what every x86 and ARM multiplies and adds in one instruction
// (pmaddwd, smlal); Int8 pairs need widening in the innermost loop otherwise.

/// A few vectors that many others are compared with. A value with scratch memory of its own:
/// comparing allocates nothing.
public struct VectorProbes: Sendable {
    public let dimension: Int
    public let count: Int
    /// `Int8Vector.dot` of each probe with the vector measured last, the same bits.
    public private(set) var similarities: [Float]

    private let values: [Int16]
    private let scales: [Float]
    private var measured: [Int16]

    /// - Precondition: every vector has `dimension`.
    public init(dimension: Int, vectors: [Int8Vector]) {
        self.dimension = dimension
        count = vectors.count
        var values: [Int16] = []
        values.reserveCapacity(vectors.count * dimension)
        for vector in vectors {
            precondition(vector.dimension == dimension, "dimensions differ")
            for value in vector.values { values.append(Int16(value)) }
        }
        self.values = values
        scales = vectors.map(\.scale)
        similarities = [Float](repeating: 0, count: vectors.count)
        measured = [Int16](repeating: 0, count: dimension)
    }

    /// Compares the probes with row `index` of a table of their dimension.
    public mutating func measure(row index: Int, of table: Int8VectorTable) {
        compare(scale: table.widen(row: index, into: &measured))
    }

    /// Compares the probes with a vector of their dimension.
    public mutating func measure(_ vector: Int8Vector) {
        precondition(vector.dimension == dimension, "dimensions differ")
        for i in measured.indices { measured[i] = Int16(vector.values[i]) }
        compare(scale: vector.scale)
    }

    private mutating func compare(scale: Float) {
        for probe in 0..<count {
            similarities[probe] = Float(sum(probe)) * scale * scales[probe]
        }
    }

    /// Exact: 2^17 products of at most 2^14 fit into an Int32.
    private func sum(_ probe: Int) -> Int32 {
        let vector = measured.span
        let row = values.span.extracting(probe * dimension..<(probe + 1) * dimension)
        var sum: Int32 = 0
        for i in vector.indices { sum &+= Int32(vector[i]) &* Int32(row[i]) }
        return sum
    }
}
