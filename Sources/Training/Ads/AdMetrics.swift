// How well probabilities of an outcome are: order, surprise, calibration, each with what chance does to
// it: the interval of 95% of resamples of the examples (percentile bootstrap, Efron 1979).

internal import Base

#if canImport(Glibc)
    private import Glibc
#endif

public struct AdMetrics: Sendable, Encodable {
    /// A tenth of the examples, by probability.
    public struct Decile: Sendable, Encodable {
        public var count: Int
        public var meanProbability: Double
        public var observedRate: Double
        /// Observed over predicted.
        public var ratio: Double
    }

    public var exampleCount: Int
    public var positiveCount: Int
    /// Area under the ROC curve: 0.5 is chance.
    public var areaUnderCurve: MeasuredFigure
    /// Mean log loss over that of who knows the test's own base rate: below 1 is better.
    public var relativeLogLoss: MeasuredFigure
    /// Sum of outcomes over sum of probabilities.
    public var calibration: Double
    /// The most probable first.
    public var deciles: [Decile]

    private static let resampleCount = 1_000

    /// - Precondition: at least ten examples, as many probabilities, both outcomes among them.
    public init(probabilities: [Double], outcomes: [Bool], seed: UInt64 = 1) {
        precondition(probabilities.count == outcomes.count && outcomes.count >= 10, "too few")
        let order = probabilities.indices.sorted {
            probabilities[$0] != probabilities[$1]
                ? probabilities[$0] > probabilities[$1] : $0 < $1
        }
        let sorted = order.map { probabilities[$0] }
        let hits = order.map { outcomes[$0] }
        exampleCount = hits.count
        positiveCount = hits.count(where: { $0 })
        precondition(positiveCount > 0 && positiveCount < exampleCount, "one outcome alone")
        let losses = zip(sorted, hits).map { Self.loss($0, $1) }
        let once = [Int](repeating: 1, count: hits.count)
        var areas: [Double] = []
        var relatives: [Double] = []
        var random = SeededRandom(seed: seed)
        while areas.count < Self.resampleCount {
            var counts = [Int](repeating: 0, count: hits.count)
            for _ in hits { counts[Int.random(in: 0..<hits.count, using: &random)] += 1 }
            guard let area = AreaUnderCurve.of(sorted, hits, counts: counts) else { continue }
            areas.append(area)
            relatives.append(Self.relative(losses, hits, counts))
        }
        areaUnderCurve = Self.interval(AreaUnderCurve.of(sorted, hits) ?? 0.5, areas)
        relativeLogLoss = Self.interval(Self.relative(losses, hits, once), relatives)
        calibration = Double(positiveCount) / sorted.reduce(0, +)
        deciles = (0..<10).map { decile in
            let range = hits.count * decile / 10..<hits.count * (decile + 1) / 10
            let expected = sorted[range].reduce(0, +)
            let observed = Double(hits[range].count(where: { $0 }))
            return Decile(
                count: range.count, meanProbability: expected / Double(range.count),
                observedRate: observed / Double(range.count), ratio: observed / expected)
        }
    }

    static func loss(_ probability: Double, _ outcome: Bool) -> Double {
        let held = min(max(probability, 1e-9), 1 - 1e-9)
        return -log(outcome ? held : 1 - held)
    }

    private static func relative(_ losses: [Double], _ hits: [Bool], _ counts: [Int]) -> Double {
        var (sum, positives, total) = (0.0, 0.0, 0.0)
        for (index, count) in counts.enumerated() where count > 0 {
            sum += losses[index] * Double(count)
            total += Double(count)
            if hits[index] { positives += Double(count) }
        }
        let rate = positives / total
        return sum / (positives * loss(rate, true) + (total - positives) * loss(rate, false))
    }

    private static func interval(_ value: Double, _ resampled: [Double]) -> MeasuredFigure {
        let sorted = resampled.sorted()
        return MeasuredFigure(
            value: value, low: sorted[sorted.count * 25 / 1_000],
            high: sorted[sorted.count * 975 / 1_000])
    }
}
