// Counts item statistics from the events before one moment.

private import Dispatch
private import Foundation
internal import Ranking
internal import Store
private import Synchronization

/// Items by number: rows of the table that features are made for.
struct StatisticsCounter {
    /// Buyers without whom an item has no neighbours.
    private static let minBuyers = 3
    /// Added to the common buyers of two items: few say little.
    private static let shrinkage: Float = 4
    /// Purchases that a value of an attribute needs.
    private static let minAttributePurchases = 2_000
    /// Categories and attributes: purchases as everyone would make them, added to those counted.
    private static let liftPrior = 50.0
    /// Items of a user that neighbours are counted among: the latest.
    private static let maxItemsPerUser = 1_000
    private static let dayNanoseconds: Int64 = 86_400 * 1_000_000_000

    let asOf: Int64
    let table: ItemTable
    private var recent: [Int]
    private var long: [Int]
    private var first: [Int64]
    private var last: [Int64]
    private var buyers: [Int]
    private var repeaters: [Int]
    /// Users whose first purchase of it was lately.
    private var newcomers: [Int]
    /// Purchases of all time before `asOf`, for the table's popularity.
    private(set) var purchases: [Int64]
    private var itemsOfUsers: [[Int32]] = []
    private var categoryPurchases: [String: Double] = [:]
    private var attributePurchases: [String: [String: Double]] = [:]
    private var earliest = Int64.max

    /// - Parameter asOf: events before it count.
    init(asOf: Int64, table: ItemTable) {
        self.asOf = asOf
        self.table = table
        recent = [Int](repeating: 0, count: table.count)
        (long, buyers, repeaters, newcomers) = (recent, recent, recent, recent)
        first = [Int64](repeating: .max, count: table.count)
        last = [Int64](repeating: .min, count: table.count)
        purchases = [Int64](repeating: 0, count: table.count)
    }

    mutating func add(_ history: ShopperHistory, rows: [Int32]) {
        let longStart = asOf - Int64(ItemStatistics.longDays) * Self.dayNanoseconds
        let recentStart = asOf - Int64(ItemStatistics.recentDays) * Self.dayNanoseconds
        let newcomerStart = asOf - Int64(ItemStatistics.newcomerDays) * Self.dayNanoseconds
        var known: Set<Int32> = []
        // Last day of purchase by item, and whether there were several.
        var days: [Int32: (last: Int64, several: Bool)] = [:]
        var order: [Int32] = []
        for (event, row) in zip(history.events, rows) {
            let time = event.event.unixNanoseconds
            if time >= asOf { break }
            guard event.event.type == .purchase, row >= 0 else { continue }
            let item = Int(row)
            earliest = min(earliest, time)
            purchases[item] += 1
            first[item] = min(first[item], time)
            last[item] = max(last[item], time)
            if known.insert(row).inserted, time >= newcomerStart { newcomers[item] += 1 }
            if time < longStart { continue }
            long[item] += 1
            if time >= recentStart { recent[item] += 1 }
            let day = time / Self.dayNanoseconds
            if let known = days[row] {
                days[row] = (day, known.several || known.last != day)
            } else {
                days[row] = (day, false)
                order.append(row)
            }
            count(event.category, of: history.attributes)
        }
        for (row, seen) in days {
            buyers[Int(row)] += 1
            if seen.several { repeaters[Int(row)] += 1 }
        }
        itemsOfUsers.append(Array(order.suffix(Self.maxItemsPerUser)))
    }

    private mutating func count(_ category: String, of attributes: [String: String]) {
        if category.isEmpty { return }
        categoryPurchases[category, default: 0] += 1
        for (name, value) in attributes where !value.isEmpty {
            attributePurchases["\(name)=\(value)", default: [:]][category, default: 0] += 1
        }
    }

    func statistics() -> ItemStatistics {
        let items = (0..<table.count).filter { purchases[$0] > 0 }
        let historyDays = Int((asOf - min(earliest, asOf)) / Self.dayNanoseconds)
        let (largestRecent, largestNewcomers) = (recent.max() ?? 0, newcomers.max() ?? 0)
        var categoryLong = [Int32: Int]()
        for item in items { categoryLong[table.categoryCodes[item], default: 0] += long[item] }
        let columns = items.map { item in
            ItemStatistics.Columns(
                recent: recent[item], largestRecent: largestRecent, long: long[item],
                historyDays: historyDays, buyers: buyers[item], repeaters: repeaters[item],
                ageDays: Int((asOf - first[item]) / Self.dayNanoseconds),
                idleDays: Int((asOf - last[item]) / Self.dayNanoseconds),
                newcomers: newcomers[item], largestNewcomers: largestNewcomers,
                categoryLong: categoryLong[table.categoryCodes[item]] ?? 0)
        }
        let baskets = baskets(of: items)
        let (neighbours, similarities) = neighbours(baskets, itemCount: items.count)
        return ItemStatistics(
            asOfUnixNanoseconds: asOf, itemIds: items.map { table.id(at: $0) }, columns: columns,
            neighbours: neighbours, similarities: similarities,
            tastes: TasteDecomposition(baskets, itemCount: items.count).run(),
            attributeLifts: lifts())
    }

    /// Smoothed logarithms of how much more often users with an attribute buy in a category.
    private func lifts() -> [String: [String: Float]] {
        let all = categoryPurchases.values.reduce(0, +)
        var lifts: [String: [String: Float]] = [:]
        for (key, counts) in attributePurchases {
            let total = counts.values.reduce(0, +)
            guard total >= Double(Self.minAttributePurchases) else { continue }
            lifts[key] = [:]
            for (category, everyone) in categoryPurchases {
                let expected = total * everyone / all
                let ratio =
                    ((counts[category] ?? 0) + Self.liftPrior) / (expected + Self.liftPrior)
                lifts[key]?[category] = Float(log(ratio))
            }
        }
        return lifts
    }

    /// What each user bought, as positions in `items`, but for what too few buy.
    private func baskets(of items: [Int]) -> [[Int32]] {
        var positions = [Int32](repeating: -1, count: table.count)
        for (position, item) in items.enumerated() where buyers[item] >= Self.minBuyers {
            positions[item] = Int32(position)
        }
        return itemsOfUsers.map { $0.map { positions[Int($0)] }.filter { $0 >= 0 } }
    }

    /// The nearest of each item by the cosine of the sets of their buyers.
    private func neighbours(_ baskets: [[Int32]], itemCount: Int) -> ([Int32], [Float]) {
        let width = ItemStatistics.neighbourCount
        let users = Self.users(of: baskets, itemCount: itemCount)
        let shares = users.map { $0.isEmpty ? 0 : 1 / Float($0.count).squareRoot() }
        let chunk = 1_024
        let chunkCount = (itemCount + chunk - 1) / chunk
        let results = Mutex([Int: ([Int32], [Float])]())
        DispatchQueue.concurrentPerform(iterations: chunkCount) { index in
            let range = index * chunk..<min((index + 1) * chunk, itemCount)
            let found = Self.nearest(range, baskets, users, shares)
            results.withLock { $0[index] = found }
        }
        var (neighbours, similarities): ([Int32], [Float]) = ([], [])
        neighbours.reserveCapacity(width * itemCount)
        similarities.reserveCapacity(width * itemCount)
        for index in 0..<chunkCount {
            guard let found = results.withLock({ $0[index] }) else { continue }
            neighbours += found.0
            similarities += found.1
        }
        return (neighbours, similarities)
    }

    /// Who bought each item.
    private static func users(of baskets: [[Int32]], itemCount: Int) -> [[Int32]] {
        var users = [[Int32]](repeating: [], count: itemCount)
        for (user, basket) in baskets.enumerated() {
            for position in basket { users[Int(position)].append(Int32(user)) }
        }
        return users
    }

    private static func nearest(
        _ range: Range<Int>, _ baskets: [[Int32]], _ users: [[Int32]], _ shares: [Float]
    ) -> ([Int32], [Float]) {
        let width = ItemStatistics.neighbourCount
        var common = [Int32](repeating: 0, count: users.count)
        var touched: [Int32] = []
        var (neighbours, similarities): ([Int32], [Float]) = ([], [])
        for item in range {
            for user in users[item] {
                for other in baskets[Int(user)] {
                    if common[Int(other)] == 0 { touched.append(other) }
                    common[Int(other)] += 1
                }
            }
            var best: [(similarity: Float, other: Int32)] = []
            for other in touched {
                let count = Float(common[Int(other)])
                common[Int(other)] = 0
                guard Int(other) != item, count > 1 else { continue }
                let similarity =
                    count * shares[item] * shares[Int(other)] * count / (count + shrinkage)
                best.append((similarity, other))
            }
            touched.removeAll(keepingCapacity: true)
            best.sort {
                $0.similarity != $1.similarity
                    ? $0.similarity > $1.similarity : $0.other < $1.other
            }
            for position in 0..<width {
                neighbours.append(position < best.count ? best[position].other : -1)
                similarities.append(position < best.count ? best[position].similarity : 0)
            }
        }
        return (neighbours, similarities)
    }
}
