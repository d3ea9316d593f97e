/// Rows in the order of their identifiers' bytes, for pages.
struct IdOrder: Sendable {
    private var rows: [Int32]

    init(_ index: IdIndex) {
        rows = (0..<Int32(index.count)).sorted { index.precedes(Int($0), Int($1)) }
    }

    /// Rows of the identifiers that come after one, at most `limit`. The empty one is before all.
    func rows(after id: String, limit: Int, _ index: IdIndex) -> [Int] {
        let start = position { !index.precedes(id.utf8.span, row: $0) }
        return rows[start...].prefix(limit).map(Int.init)
    }

    /// After the index has got its last row.
    mutating func insertLast(_ index: IdIndex) {
        let row = index.count - 1
        rows.insert(Int32(row), at: position { index.precedes($0, row) })
    }

    /// Before the index removes a row, whose number the last row takes.
    mutating func remove(row: Int, _ index: IdIndex) {
        let last = index.count - 1
        let ofRow = position { index.precedes($0, row) }
        let ofLast = position { index.precedes($0, last) }
        rows[ofLast] = Int32(row)
        rows.remove(at: ofRow)
    }

    /// How many rows, from the first on, `isBefore` holds for.
    private func position(where isBefore: (Int) -> Bool) -> Int {
        var (low, high) = (0, rows.count)
        while low < high {
            let middle = (low + high) / 2
            if isBefore(Int(rows[middle])) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
