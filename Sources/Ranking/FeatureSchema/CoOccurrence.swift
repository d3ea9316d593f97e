internal import Store

/// Whether the candidate is bought by those who buy what the user bought (item neighbours: Sarwar et
/// al., "Item-based collaborative filtering recommendation algorithms", 2001). Missing (0) where the
/// statistics do not know the candidate, or nothing the user bought is near it.
enum CoOccurrence {
    static let start = CategoryHistory.start + CategoryHistory.features.count
    static let features = [
        Feature(
            name: "co_occurrence", kind: .cross,
            unit: "x / (1 + x) of the sum of cosines with own items among its neighbours",
            range: 0...1, missing: 0, label: .activity),
        Feature(
            name: "nearest_neighbour", kind: .cross,
            unit: "largest cosine of buyers with an own item", range: 0...1, missing: 0,
            label: .activity),
    ]

    /// The user's items by rows of the statistics: a small filter in front of a table, because most
    /// neighbours of most candidates are not among them. Immutable; a class, so that it is not copied for
    /// each candidate.
    final class Owned: Sendable {
        private static let filterBits = 4_096
        private let filter: InlineArray<64, UInt64>
        private let table: CodeTable<Bool>

        init(_ rows: [Int32]) {
            var filter = InlineArray<64, UInt64>(repeating: 0)
            var table = CodeTable<Bool>(capacity: rows.count)
            for row in rows {
                filter[Self.word(row)] |= Self.bit(row)
                table.insert(row, true)
            }
            self.filter = filter
            self.table = table
        }

        func contains(_ row: Int32) -> Bool {
            filter[Self.word(row)] & Self.bit(row) != 0 && table[row] != nil
        }

        private static func word(_ row: Int32) -> Int { Int(row >> 6) & (filterBits / 64 - 1) }
        private static func bit(_ row: Int32) -> UInt64 { 1 << UInt64(row & 63) }
    }

    /// - Parameter row: the candidate's in `statistics`.
    static func fill(
        _ vector: inout FeatureVector, row: Int32, owned: Owned, statistics: ItemStatistics
    ) {
        let first = Int(row) * ItemStatistics.neighbourCount
        var sum: Float = 0
        var largest: Float = 0
        for position in first..<first + ItemStatistics.neighbourCount {
            let neighbour = statistics.neighbours[position]
            if neighbour < 0 { break }
            guard owned.contains(neighbour) else { continue }
            let similarity = statistics.similarities[position]
            sum += similarity
            largest = max(largest, similarity)
        }
        vector[start] = sum / (1 + sum)
        vector[start + 1] = largest
    }

    /// Rows of the own items that count for the candidate, the nearest first.
    static func reasons(row: Int32, owned: Owned, statistics: ItemStatistics) -> [Int32] {
        let first = Int(row) * ItemStatistics.neighbourCount
        return statistics.neighbours[first..<first + ItemStatistics.neighbourCount]
            .prefix { $0 >= 0 }.filter { owned.contains($0) }
    }
}
