// Which items a question is asked of: the same for every head and baseline. Own items, neighbours of own
// items, what everyone buys of late, and what sells in the user's categories, until there are enough.

internal import Ranking
internal import Store

struct CandidatePool: Sendable {
    private static let neighbourLimit = 350
    private static let popularLimit = 250

    private let statistics: ItemStatistics
    private let table: ItemTable
    /// Rows of the table by row of the statistics.
    private let tableRows: [Int32]
    /// Rows of the table, the most bought of late first.
    private let popular: [Int32]
    /// By code of the category, the same.
    private let popularByCategory: [[Int32]]

    init(table: ItemTable, statistics: ItemStatistics) {
        self.table = table
        self.statistics = statistics
        let tableRows = statistics.itemIds.map { Int32(table.row(of: $0) ?? -1) }
        self.tableRows = tableRows
        let order = statistics.columns.indices.filter { tableRows[$0] >= 0 }.sorted {
            let (left, right) = (statistics.columns[$0], statistics.columns[$1])
            let (leftRow, rightRow) = (tableRows[$0], tableRows[$1])
            if left.recentPopularity != right.recentPopularity {
                return left.recentPopularity > right.recentPopularity
            }
            let (p, q) = (table.popularity[Int(leftRow)], table.popularity[Int(rightRow)])
            return p != q ? p > q : leftRow < rightRow
        }
        let popular = order.map { tableRows[$0] }
        self.popular = popular
        var byCategory = [[Int32]](repeating: [], count: table.categories.count)
        for row in popular where table.categoryCodes[Int(row)] >= 0 {
            byCategory[Int(table.categoryCodes[Int(row)])].append(row)
        }
        popularByCategory = byCategory
    }

    /// Memory that choosing takes, used again for the next question.
    struct Scratch {
        fileprivate var seen: Set<Int32> = []
        fileprivate var scores: [Int32: Float] = [:]

        init() {}
    }

    /// At most `count` rows of the table, own items first.
    func rows(for profile: Profile, count: Int, _ scratch: inout Scratch) -> [Int32] {
        var rows: [Int32] = []
        rows.reserveCapacity(count)
        scratch.seen.removeAll(keepingCapacity: true)
        func take(_ row: Int32) {
            if row >= 0, rows.count < count, scratch.seen.insert(row).inserted { rows.append(row) }
        }
        for item in profile.boughtItems { take(Int32(table.row(of: item.itemId) ?? -1)) }
        for row in neighbours(of: profile, &scratch) { take(row) }
        let popularEnd = rows.count + Self.popularLimit
        for row in popular {
            if rows.count >= popularEnd { break }
            take(row)
        }
        let categories = profile.categoryAffinity
            .sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
            .compactMap { table.categories.code(of: $0.key) }
        var depth = 0
        while rows.count < count, depth < 64 {
            for code in categories where depth < popularByCategory[Int(code)].count {
                take(popularByCategory[Int(code)][depth])
            }
            depth += 1
        }
        for row in popular {
            if rows.count >= count { break }
            take(row)
        }
        return rows
    }

    /// Rows near own items, the largest sum of similarities first.
    private func neighbours(of profile: Profile, _ scratch: inout Scratch) -> [Int32] {
        scratch.scores.removeAll(keepingCapacity: true)
        let width = ItemStatistics.neighbourCount
        for item in profile.boughtItems {
            guard let own = statistics.row(of: item.itemId) else { continue }
            let first = Int(own) * width
            for position in first..<first + width where statistics.neighbours[position] >= 0 {
                scratch.scores[statistics.neighbours[position], default: 0] +=
                    statistics.similarities[position]
            }
        }
        return scratch.scores
            .sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
            .prefix(Self.neighbourLimit).map { tableRows[Int($0.key)] }
    }
}
