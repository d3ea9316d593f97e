/// A set of rows of a table, a bit each.
public struct RowBits: Sendable, Equatable {
    /// Of the table.
    public let rowCount: Int
    private var words: [UInt64]

    /// - Parameter isFull: whether all rows are in it, or none.
    public init(rowCount: Int, isFull: Bool) {
        precondition(rowCount >= 0, "a negative count")
        self.rowCount = rowCount
        words = [UInt64](repeating: isFull ? .max : 0, count: (rowCount + 63) / 64)
        if isFull, rowCount % 64 != 0 { words[words.count - 1] = (1 << UInt64(rowCount % 64)) - 1 }
    }

    public func contains(_ row: Int) -> Bool { words[row / 64] >> UInt64(row % 64) & 1 == 1 }

    public mutating func insert(_ row: Int) {
        precondition(row < rowCount, "no such row")
        words[row / 64] |= 1 << UInt64(row % 64)
    }

    public mutating func remove(_ row: Int) { words[row / 64] &= ~(1 << UInt64(row % 64)) }

    public mutating func formIntersection(_ other: RowBits) {
        precondition(rowCount == other.rowCount, "sets of two tables")
        for i in words.indices { words[i] &= other.words[i] }
    }

    /// Takes the others in and those that are in it out.
    public mutating func invert() {
        for i in words.indices { words[i] = ~words[i] }
        if rowCount % 64 != 0 { words[words.count - 1] &= (1 << UInt64(rowCount % 64)) - 1 }
    }

    public var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }
}
