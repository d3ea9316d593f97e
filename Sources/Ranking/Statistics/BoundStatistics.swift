public import Store
private import Synchronization

/// Statistics laid out for one table: found by its rows and codes. Immutable, any thread.
public final class BoundStatistics: Sendable {
    /// Another for every one of the process: what is derived from it says from which.
    let serial = lastSerial.add(1, ordering: .relaxed).newValue
    public let statistics: ItemStatistics
    /// Of the table.
    let tableSerial: UInt64
    /// Row of `statistics` by row of the table; -1 for an item that it does not know.
    let rows: [Int32]
    /// By "attribute=value": the lift of each category's code.
    let attributeLifts: [String: [Float]]

    public init(_ statistics: ItemStatistics, table: ItemTable) {
        self.statistics = statistics
        tableSerial = table.serial
        var rows = [Int32](repeating: -1, count: table.count)
        for (row, id) in statistics.itemIds.enumerated() {
            if let tableRow = table.row(of: id) { rows[tableRow] = Int32(row) }
        }
        self.rows = rows
        attributeLifts = statistics.attributeLifts.mapValues { lifts in
            (0..<table.categories.count).map { lifts[table.categories.name(of: Int32($0))] ?? 0 }
        }
    }
}

private let lastSerial = Atomic<UInt64>(0)
