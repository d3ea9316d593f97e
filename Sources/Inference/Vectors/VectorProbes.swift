// A request compares each of its candidates with the same few vectors: the user's interest and the
// items the user dealt with. They lie side by side, so that one call of the kernel compares a
// candidate with all of them while it is in registers.

internal import CKernels

/// A few vectors that many others are compared with: one that stands apart, and others of which the
/// nearest counts. Immutable; comparing allocates nothing. A class, so that who reads it for each
/// candidate counts one reference and not those of its arrays.
public final class VectorProbes: Sendable {
    /// What `Int8Vector.dot` gives for the probes and a vector, the same bits.
    public struct Similarities: Sendable, Equatable {
        /// With the first probe; nil where there is none.
        public var first: Float?
        /// The largest with the others; nil without any.
        public var nearest: Float?

        public init() {}
    }

    public let dimension: Int
    /// With the first.
    public let count: Int
    private let hasFirst: Bool
    /// The first in front.
    private let values: [Int8]
    private let scales: [Float]

    /// - Precondition: every vector has `dimension`, which is above 0 where there are vectors.
    public init(dimension: Int, first: Int8Vector?, others: [Int8Vector]) {
        let vectors = (first.map { [$0] } ?? []) + others
        precondition(dimension > 0 || vectors.isEmpty, "vectors without a dimension")
        self.dimension = dimension
        count = vectors.count
        hasFirst = first != nil
        var values: [Int8] = []
        values.reserveCapacity(vectors.count * dimension)
        for vector in vectors {
            precondition(vector.dimension == dimension, "dimensions differ")
            values.append(contentsOf: vector.values)
        }
        self.values = values
        scales = vectors.map(\.scale)
    }

    /// Compares the probes with row `index` of a table of their dimension.
    public func similarities(toRow index: Int, of table: Int8VectorTable) -> Similarities {
        precondition(table.dimension == dimension, "dimensions differ")
        guard count > 0 else { return Similarities() }
        return table.withRow(index) { compare($0, scale: $1) }
    }

    /// Compares the probes with a vector of their dimension.
    public func similarities(to vector: Int8Vector) -> Similarities {
        precondition(vector.dimension == dimension, "dimensions differ")
        guard count > 0 else { return Similarities() }
        return vector.values.withUnsafeBufferPointer { values in
            guard let base = values.baseAddress else { return Similarities() }
            return compare(base, scale: vector.scale)
        }
    }

    /// Dot products of row `index` of a table with every probe, in their order.
    /// - Parameter result: `count` numbers.
    public func dots(toRow index: Int, of table: Int8VectorTable, into result: inout [Float]) {
        precondition(table.dimension == dimension && result.count == count, "sizes differ")
        guard count > 0 else { return }
        table.withRow(index) { dots($0, scale: $1, into: &result) }
    }

    /// The same of a vector.
    public func dots(to vector: Int8Vector, into result: inout [Float]) {
        precondition(vector.dimension == dimension && result.count == count, "sizes differ")
        vector.values.withUnsafeBufferPointer { values in
            guard let base = values.baseAddress, count > 0 else { return }
            dots(base, scale: vector.scale, into: &result)
        }
    }

    private func dots(_ vector: UnsafePointer<Int8>, scale: Float, into result: inout [Float]) {
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: count) { sums in
            values.withUnsafeBufferPointer { probes in
                KernelTable.current.functions.pointee.dot_rows(
                    vector, probes.baseAddress, dimension, count, dimension, sums.baseAddress)
            }
            result.withUnsafeMutableBufferPointer { result in
                scales.withUnsafeBufferPointer { scales in
                    for i in 0..<count { result[i] = Float(sums[i]) * scale * scales[i] }
                }
            }
        }
    }

    private func compare(_ vector: UnsafePointer<Int8>, scale: Float) -> Similarities {
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: count) { sums in
            values.withUnsafeBufferPointer { probes in
                KernelTable.current.functions.pointee.dot_rows(
                    vector, probes.baseAddress, dimension, count, dimension, sums.baseAddress)
            }
            return scales.withUnsafeBufferPointer { scales in
                var result = Similarities()
                if hasFirst { result.first = Float(sums[0]) * scale * scales[0] }
                let others = (hasFirst ? 1 : 0)..<count
                if !others.isEmpty { result.nearest = Self.largest(others, sums, scale, scales) }
                return result
            }
        }
    }

    /// Eight at a time: of a single maximum, each would wait for the one before.
    private static func largest(
        _ probes: Range<Int>, _ sums: UnsafeMutableBufferPointer<Int32>, _ scale: Float,
        _ scales: UnsafeBufferPointer<Float>
    ) -> Float {
        var lanes = SIMD8<Float>(repeating: -.infinity)
        var probe = probes.lowerBound
        let (sumBytes, scaleBytes) = (UnsafeRawBufferPointer(sums), UnsafeRawBufferPointer(scales))
        while probe + 8 <= probes.upperBound {
            let eight = sumBytes.loadUnaligned(fromByteOffset: 4 * probe, as: SIMD8<Int32>.self)
            let products =
                SIMD8<Float>(eight) * scale
                * scaleBytes.loadUnaligned(fromByteOffset: 4 * probe, as: SIMD8<Float>.self)
            lanes.replace(with: products, where: products .> lanes)
            probe += 8
        }
        var largest = lanes.max()
        while probe < probes.upperBound {
            largest = max(largest, Float(sums[probe]) * scale * scales[probe])
            probe += 1
        }
        return largest
    }
}
