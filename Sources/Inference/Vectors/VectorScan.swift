// The nearest rows by looking at all of them: exact, and as fast as memory is read. Queries share one
// pass. A table is scanned in pieces, so that nobody else waits for the whole of it.

public import Base
internal import CKernels

/// A scan under way: `advance` until `isDone`, then `nearest`. Pieces do not change the result. May move
/// between threads, never run on two.
public struct VectorScan: Sendable {
    public struct Hit: Sendable, Equatable {
        public var row: Int
        /// As `Int8VectorTable.dot` gives it, the same bits.
        public var similarity: Float

        public init(row: Int, similarity: Float) {
            self.row = row
            self.similarity = similarity
        }
    }

    public static let maxQueries = Int(RW_SCAN_QUERIES)
    /// Rows of one call of the kernel: their products fit the first cache.
    private static let blockRows = 256

    private let table: Int8VectorTable
    private let allowed: RowBits?
    private let queries: [Int8]
    private let scales: [Float]
    private var best: [TopK]
    private var nextRow = 0

    /// - Parameters:
    ///   - queries: at most `maxQueries`, of the table's dimension.
    ///   - count: how many rows of each, above 0.
    ///   - allowed: the table's rows that may be found; nil for all.
    public init(
        _ table: Int8VectorTable, queries: [Int8Vector], count: Int, allowed: RowBits? = nil
    ) {
        precondition(queries.count <= Self.maxQueries, "too many queries")
        precondition(count > 0, "nothing is asked for")
        precondition(allowed.map { $0.rowCount == table.rowCount } ?? true, "rows of another table")
        self.table = table
        self.allowed = allowed
        var values: [Int8] = []
        for query in queries where table.rowCount > 0 {
            precondition(query.dimension == table.dimension, "dimensions differ")
            values += query.values
        }
        self.queries = values
        scales = queries.map(\.scale)
        best = queries.map { _ in TopK(capacity: count) }
        if queries.isEmpty || table.dimension == 0 { nextRow = table.rowCount }
    }

    public var isDone: Bool { nextRow == table.rowCount }

    /// Looks at `maxRows` more.
    public mutating func advance(maxRows: Int) {
        let end = min(table.rowCount, nextRow + max(maxRows, 1))
        guard nextRow < end else { return }
        let floatCount = scales.count * (Self.blockRows + 1)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: floatCount) { floats in
            guard let floats = floats.baseAddress else { return }
            while nextRow < end {
                nextRow += block(nextRow..<min(end, nextRow + Self.blockRows), floats)
            }
        }
    }

    /// The rows nearest to each query, nearest first; of equal ones the lower row first.
    /// - Precondition: `isDone`.
    public func nearest() -> [[Hit]] {
        precondition(isDone, "a scan was not finished")
        return best.map { best in
            best.sorted().map { Hit(row: Int($0.index), similarity: TopK.score($0.key)) }
        }
    }

    /// - Parameter floats: products of all queries, then their maxima.
    /// - Returns: how many rows of the range were looked at.
    private mutating func block(_ range: Range<Int>, _ floats: UnsafeMutablePointer<Float>) -> Int {
        let (queryCount, maxima) = (scales.count, floats + scales.count * Self.blockRows)
        let count = table.withRows(range) { rows, rowScales, count in
            queries.withUnsafeBufferPointer { queries in
                scales.withUnsafeBufferPointer { scales in
                    var scan = rw_scan(
                        queries: queries.baseAddress, query_scales: scales.baseAddress, rows: rows,
                        row_scales: rowScales, products: floats, maxima: maxima,
                        query_count: queryCount, row_count: count, count: table.dimension)
                    KernelTable.current.functions.pointee.scan(&scan)
                }
            }
            return count
        }
        for query in 0..<queryCount {
            // Rows come in rising order: an equal one later does not take the place of one before.
            if let least = best[query].leastKey, TopK.key(maxima[query]) <= least { continue }
            offer(range.lowerBound, floats + query * count, count, to: query)
        }
        return count
    }

    private mutating func offer(
        _ firstRow: Int, _ products: UnsafePointer<Float>, _ count: Int, to query: Int
    ) {
        for i in 0..<count where !products[i].isNaN {
            let key = TopK.key(products[i])
            if let least = best[query].leastKey, key <= least { continue }
            if let allowed, !allowed.contains(firstRow + i) { continue }
            best[query].offer(key: key, index: Int32(firstRow + i))
        }
    }
}
