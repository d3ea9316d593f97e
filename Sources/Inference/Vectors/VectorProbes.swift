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
        var result = InlineArray<1, Similarities>(repeating: Similarities())
        var found = result.mutableSpan
        compare(rows: InlineArray<1, Int32>(repeating: Int32(index)).span, of: table, into: &found)
        return result[0]
    }

    /// Compares the probes with rows of a table of their dimension.
    /// - Parameter result: as many as `rows` are set, from the first on.
    public func compare(
        rows: Span<Int32>, of table: Int8VectorTable, into result: inout MutableSpan<Similarities>
    ) {
        precondition(table.dimension == dimension && result.count >= rows.count, "sizes differ")
        guard count > 0 else {
            for index in rows.indices { result[index] = Similarities() }
            return
        }
        withScratch { probes, scales, sums in
            for index in rows.indices {
                result[index] = table.withRow(Int(rows[index])) {
                    similarities($0, scale: $1, probes, scales, sums)
                }
            }
        }
    }

    /// Compares the probes with a vector of their dimension.
    public func similarities(to vector: Int8Vector) -> Similarities {
        precondition(vector.dimension == dimension, "dimensions differ")
        var result = Similarities()
        vector.values.withUnsafeBufferPointer { values in
            guard let base = values.baseAddress, count > 0 else { return }
            withScratch { result = similarities(base, scale: vector.scale, $0, $1, $2) }
        }
        return result
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
        withScratch { probes, scales, sums in
            multiply(vector, probes, sums)
            result.withUnsafeMutableBufferPointer { result in
                for i in 0..<count { result[i] = Float(sums[i]) * scale * scales[i] }
            }
        }
    }

    /// Of several vectors, what the loop over them needs is fetched once.
    private func withScratch(
        _ body: (
            _ probes: UnsafePointer<Int8>, _ scales: UnsafeBufferPointer<Float>,
            _ sums: UnsafeMutableBufferPointer<Int32>
        ) -> Void
    ) {
        values.withUnsafeBufferPointer { values in
            scales.withUnsafeBufferPointer { scales in
                withUnsafeTemporaryAllocation(of: Int32.self, capacity: count) { sums in
                    guard let probes = values.baseAddress else { return }
                    body(probes, scales, sums)
                }
            }
        }
    }

    private func multiply(
        _ vector: UnsafePointer<Int8>, _ probes: UnsafePointer<Int8>,
        _ sums: UnsafeMutableBufferPointer<Int32>
    ) {
        KernelTable.current.functions.pointee.dot_rows(
            vector, probes, dimension, count, dimension, sums.baseAddress)
    }

    private func similarities(
        _ vector: UnsafePointer<Int8>, scale: Float, _ probes: UnsafePointer<Int8>,
        _ scales: UnsafeBufferPointer<Float>, _ sums: UnsafeMutableBufferPointer<Int32>
    ) -> Similarities {
        multiply(vector, probes, sums)
        var result = Similarities()
        if hasFirst { result.first = Float(sums[0]) * scale * scales[0] }
        let others = (hasFirst ? 1 : 0)..<count
        if !others.isEmpty { result.nearest = Self.largest(others, sums, scale, scales) }
        return result
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
