// What users' purchases as a whole are made of: the leading right singular vectors of the matrix of users
// and items, by subspace iteration (Halko et al., "Finding structure with randomness", 2011). A user who
// buys much counts less per item, and so does an item that many buy. On one thread and in one order: the
// same purchases give the same bits, whoever is read first.

internal import Base
internal import Ranking

struct TasteDecomposition {
    private typealias Lanes = SIMD32<Float>
    private static let width = ItemStatistics.tasteCount
    private static let iterationCount = 6
    private static let leastRest = 1e-10
    private let baskets: [[Int32]]
    private let userScales: [Float]
    private let itemScales: [Float]

    /// - Parameter baskets: each user's items, each once.
    init(_ baskets: [[Int32]], itemCount: Int) {
        // In an order of their own: a journal and a file have the same users in different ones.
        self.baskets = baskets.filter { !$0.isEmpty }.sorted { $0.lexicographicallyPrecedes($1) }
        userScales = self.baskets.map { 1 / Float($0.count).squareRoot() }
        var buyers = [Int](repeating: 0, count: itemCount)
        for basket in baskets { for item in basket { buyers[Int(item)] += 1 } }
        // The fourth root: chosen on weeks before the test.
        itemScales = buyers.map { $0 == 0 ? 0 : Float(1 / Double($0).squareRoot().squareRoot()) }
    }

    /// A vector an item, zero for one that is in no basket or where there is too little to decompose.
    func run() -> [SIMD32<Float>] {
        let nothing = [Lanes](repeating: .zero, count: itemScales.count)
        var random = SeededRandom(seed: 1)
        var users = baskets.map { _ in
            Lanes((0..<Self.width).map { _ in Float.random(in: -1...1, using: &random) })
        }
        for _ in 0..<Self.iterationCount {
            guard let upright = Self.orthonormal(users) else { return nothing }
            users = ofUsers(ofItems(upright))
        }
        guard let upright = Self.orthonormal(users) else { return nothing }
        return Self.orthonormal(ofItems(upright)) ?? nothing
    }

    /// The transposed matrix times a column block.
    private func ofItems(_ users: [Lanes]) -> [Lanes] {
        var items = [Lanes](repeating: .zero, count: itemScales.count)
        for (user, basket) in baskets.enumerated() {
            let row = users[user] * userScales[user]
            for item in basket { items[Int(item)] += row }
        }
        for item in items.indices { items[item] *= itemScales[item] }
        return items
    }

    /// The matrix times a column block.
    private func ofUsers(_ items: [Lanes]) -> [Lanes] {
        zip(baskets, userScales).map { basket, scale in
            var sum = Lanes.zero
            for item in basket { sum += items[Int(item)] * itemScales[Int(item)] }
            return sum * scale
        }
    }

    /// Columns made orthonormal by the Cholesky factor of their products; nil where they depend on one
    /// another.
    private static func orthonormal(_ rows: [Lanes]) -> [Lanes]? {
        var products = [Double](repeating: 0, count: width * width)
        for row in rows {
            for first in 0..<width where row[first] != 0 {
                let left = Double(row[first])
                for second in 0..<width {
                    products[first * width + second] += left * Double(row[second])
                }
            }
        }
        guard let inverse = LinearAlgebra.inverseCholesky(products, width: width) else {
            return nil
        }
        for column in stride(from: 0, to: width * width, by: width + 1) {
            // What is left of a column without those before it: less is rounding.
            let rest = 1 / (Double(inverse[column]) * Double(inverse[column]))
            if rest < leastRest * products[column] { return nil }
        }
        return rows.map { row in
            var result = Lanes.zero
            for line in 0..<width {
                result[line] =
                    (Lanes(inverse[line * width..<(line + 1) * width]) * row).sum()
            }
            return result
        }
    }
}
