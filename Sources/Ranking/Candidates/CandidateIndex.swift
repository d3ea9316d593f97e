internal import Inference
public import Store

/// What candidates are found by, made from a catalogue and what the journal says of its items. Its rows
/// are those of its own table: the catalogue may be a change ahead of it. Immutable, any thread.
public final class CandidateIndex: Sendable {
    /// In `WindowedPurchases.windowDays`: four weeks.
    private static let popularityWindow = 1

    public let table: ItemTable
    public let behaviour: ItemBehaviour
    let words: LexicalIndex
    /// All rows: bought most of late, then of all time, first.
    let byPopularity: [Int32]
    /// A row for each of `behaviour`'s items, -1 for none.
    let neighbourRows: [Int32]
    /// Items that have a vector's text, by the vector's row, the most popular first.
    private let vectorItems: [Int32]
    /// Where they begin; one more at the end.
    private let vectorStarts: [Int32]

    /// Some hundred milliseconds for a hundred thousand items: not on a loop.
    public init(table: ItemTable, behaviour: ItemBehaviour) {
        self.table = table
        self.behaviour = behaviour
        words = LexicalIndex(table)
        neighbourRows = behaviour.neighbours.rows(in: table)
        var recent = [Int32](repeating: 0, count: table.count)
        let counts = behaviour.purchases.counts[Self.popularityWindow]
        for (count, row) in zip(counts, neighbourRows) where row >= 0 { recent[Int(row)] = count }
        let byPopularity = (0..<Int32(table.count)).sorted {
            let (a, b) = (Int($0), Int($1))
            if recent[a] != recent[b] { return recent[a] > recent[b] }
            let (left, right) = (table.popularity[a], table.popularity[b])
            return left != right ? left > right : a < b
        }
        self.byPopularity = byPopularity
        (vectorStarts, vectorItems) = Self.turned(table, byPopularity)
    }

    public static let empty = CandidateIndex(table: .empty, behaviour: .empty)

    func items(ofVectorRow row: Int) -> ArraySlice<Int32> {
        vectorItems[Int(vectorStarts[row])..<Int(vectorStarts[row + 1])]
    }

    /// A row of the index's table in another one; nil for an item that is not there any more.
    func row(_ row: Int32, in other: ItemTable) -> Int32? {
        if other === table { return row }
        return other.row(of: table.id(at: Int(row))).map { Int32($0) }
    }

    private static func turned(
        _ table: ItemTable, _ order: [Int32]
    ) -> (starts: [Int32], items: [Int32]) {
        var counts = [Int32](repeating: 0, count: table.vectors.rowCount)
        for row in table.vectorRows where row >= 0 { counts[Int(row)] += 1 }
        var starts: [Int32] = [0]
        for count in counts { starts.append(starts[starts.count - 1] + count) }
        var next = starts
        var items = [Int32](repeating: 0, count: Int(starts[starts.count - 1]))
        for item in order where table.vectorRows[Int(item)] >= 0 {
            let row = Int(table.vectorRows[Int(item)])
            items[Int(next[row])] = item
            next[row] += 1
        }
        return (starts, items)
    }
}
