#if canImport(Glibc)
    private import Glibc
#endif

/// Where users are compared to make segments of them: three numbers of their purchases (recency,
/// frequency, monetary value) and their interest in the broadest categories. Purchases are
/// standardised logarithms; interests are roots of shares (Hellinger, so that distance is between
/// distributions), scaled as a block to the variance of the purchases: neither half drowns the other.
public struct SegmentSpace: Sendable, Equatable, Codable {
    static let rfmCount = 3
    /// Broadest categories that are told apart: those with the largest share of all.
    static let maxCategories = 12

    /// Recency is counted back from here.
    let asOfUnixNanoseconds: Int64
    let categories: [String]
    /// Of the raw numbers, purchases first.
    let means: [Double]
    let scales: [Double]

    /// What a profile is before scaling.
    struct Raw {
        var daysSince: Double
        var purchaseCount: Double
        var averageUnits: Double
        /// Share by broadest category.
        var shares: [String: Double]

        init(_ profile: Profile, asOf unixNanoseconds: Int64) {
            let last =
                profile.rfm.lastPurchaseUnixNanoseconds ?? profile.lastEventUnixNanoseconds ?? 0
            daysSince = max(0, Double(unixNanoseconds) - Double(last)) / (86_400 * 1e9)
            purchaseCount = Double(profile.rfm.purchaseCount)
            averageUnits = Double(profile.rfm.averageMicros ?? 0) / 1e6
            // In whole parts, whose sum is the same in any order.
            var parts: [String: Int64] = [:]
            for (name, share) in profile.categoryAffinity {
                parts[Self.broadest(name), default: 0] += Int64((share * 16_777_216).rounded())
            }
            shares = parts.mapValues { Double($0) / 16_777_216 }
        }

        /// "Grocery > Cheese" is Grocery.
        static func broadest(_ category: String) -> String {
            guard var end = category.utf8.firstIndex(of: UInt8(ascii: ">")) else {
                return category
            }
            while end > category.startIndex {
                let before = category.utf8.index(before: end)
                if category.utf8[before] != UInt8(ascii: " ") { break }
                end = before
            }
            return String(category[..<end])
        }

        func numbers(_ categories: [String]) -> [Double] {
            [log1p(daysSince), log1p(purchaseCount), log1p(averageUnits)]
                + categories.map { (shares[$0] ?? 0).squareRoot() }
        }
    }

    /// - Parameter keeping: categories of the space before, which stay as long as there are any.
    init(_ users: [Raw], asOf unixNanoseconds: Int64, keeping: [String] = []) {
        asOfUnixNanoseconds = unixNanoseconds
        var totals: [String: Double] = [:]
        for user in users {
            for (name, share) in user.shares { totals[name, default: 0] += share }
        }
        let largest = totals.sorted {
            $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key
        }.map(\.key)
        let kept = keeping.filter { totals[$0] != nil }
        categories = Array(
            (kept + largest.filter { !kept.contains($0) }).prefix(Self.maxCategories))
        let numbers = users.map { [categories] in $0.numbers(categories) }
        let count = Double(max(1, users.count))
        var means = [Double](repeating: 0, count: Self.rfmCount + categories.count)
        var variances = means
        for point in numbers { for d in point.indices { means[d] += point[d] / count } }
        for point in numbers {
            for d in point.indices {
                variances[d] += (point[d] - means[d]) * (point[d] - means[d]) / count
            }
        }
        self.means = means
        let block = variances[Self.rfmCount...].reduce(0, +) / Double(Self.rfmCount)
        scales = variances.indices.map { d in
            let variance = d < Self.rfmCount ? variances[d] : block
            return variance > 0 ? 1 / variance.squareRoot() : 0
        }
    }

    func point(_ user: Raw) -> [Double] {
        let numbers = user.numbers(categories)
        return numbers.indices.map { (numbers[$0] - means[$0]) * scales[$0] }
    }

    /// A point of another space in this one: what that one did not know is average.
    func point(_ point: [Double], of other: SegmentSpace) -> [Double] {
        means.indices.map { d in
            var source: Int? = d
            if d >= Self.rfmCount {
                source = other.categories.firstIndex(of: categories[d - Self.rfmCount])
                    .map { $0 + Self.rfmCount }
            }
            guard let source, other.scales[source] > 0 else { return 0 }
            let raw = point[source] / other.scales[source] + other.means[source]
            return (raw - means[d]) * scales[d]
        }
    }
}
