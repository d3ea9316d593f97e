internal import Base

/// Lloyd's algorithm with k-means++ (Arthur & Vassilvitskii, 2007): a function of its points, their
/// order and the seed.
struct KMeans {
    private static let maxRounds = 100
    /// Starts without given centres, of which the tightest result is kept.
    private static let restartCount = 8

    struct Clustering {
        var centres: [[Double]]
        /// The centre of each point.
        var assignment: [Int]
        /// Sum of squared distances of the points to their centres.
        var inertia: Double
    }

    let points: [[Double]]
    let count: Int
    let seed: UInt64

    /// - Parameter start: centres to go on from, at most `count`, so that clusters keep their places
    ///   from run to run; the missing ones are drawn.
    func run(from start: [[Double]]) -> Clustering {
        var random = SeededRandom(seed: seed)
        if !start.isEmpty { return settle(drawCentres(start, &random)) }
        var best = settle(drawCentres([], &random))
        for _ in 1..<Self.restartCount {
            let next = settle(drawCentres([], &random))
            if next.inertia < best.inertia { best = next }
        }
        return best
    }

    static func nearest(to point: [Double], among centres: [[Double]]) -> (Int, Double) {
        var best = (0, Double.infinity)
        for (i, centre) in centres.enumerated() {
            var distance = 0.0
            for d in point.indices { distance += (point[d] - centre[d]) * (point[d] - centre[d]) }
            if distance < best.1 { best = (i, distance) }
        }
        return best
    }

    /// Each further centre is a point, the likelier the farther it is from those there are.
    private func drawCentres(
        _ given: [[Double]], _ random: inout SeededRandom
    ) -> [[Double]] {
        var centres = given
        let wanted = min(count, points.count)
        if centres.isEmpty, wanted > 0 {
            centres.append(points[Int.random(in: points.indices, using: &random)])
        }
        while centres.count < wanted {
            let distances = points.map { Self.nearest(to: $0, among: centres).1 }
            let total = distances.reduce(0, +)
            guard total > 0 else { break }
            var rest = Double.random(in: 0..<total, using: &random)
            var chosen = points.count - 1
            for (i, distance) in distances.enumerated() {
                rest -= distance
                if rest < 0 {
                    chosen = i
                    break
                }
            }
            centres.append(points[chosen])
        }
        return centres
    }

    private func settle(_ start: [[Double]]) -> Clustering {
        var centres = start
        var assignment = [Int](repeating: -1, count: points.count)
        var inertia = 0.0
        for _ in 0..<Self.maxRounds {
            var isSettled = true
            inertia = 0
            for (i, point) in points.enumerated() {
                let (centre, distance) = Self.nearest(to: point, among: centres)
                inertia += distance
                if assignment[i] != centre {
                    assignment[i] = centre
                    isSettled = false
                }
            }
            if isSettled { break }
            centres = means(of: assignment, centres)
        }
        return Clustering(centres: centres, assignment: assignment, inertia: inertia)
    }

    /// A centre that has lost its points stays where it was.
    private func means(of assignment: [Int], _ centres: [[Double]]) -> [[Double]] {
        var sums = centres.map { [Double](repeating: 0, count: $0.count) }
        var counts = [Int](repeating: 0, count: centres.count)
        for (point, centre) in zip(points, assignment) {
            counts[centre] += 1
            for d in point.indices { sums[centre][d] += point[d] }
        }
        return centres.indices.map { i in
            counts[i] == 0 ? centres[i] : sums[i].map { $0 / Double(counts[i]) }
        }
    }
}
