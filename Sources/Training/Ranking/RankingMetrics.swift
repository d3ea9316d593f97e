// How good a ranking is: of questions, each with candidates, scores and what was bought. Intervals come from
// drawing users with replacement (Efron's bootstrap), because a user's questions are alike.

internal import Base
private import Foundation

/// Of one ranking on one task.
public struct RankingMetrics: Sendable, Equatable, Codable {
    public var questionCount = 0
    /// Questions with something bought among the first ten.
    public var hitRateAt10: MeasuredFigure
    public var ndcgAt10: MeasuredFigure
    /// Mean over questions of the share of pairs ranked right.
    public var areaUnderCurve: MeasuredFigure
    /// Nats a candidate; nil for scores that are no probabilities.
    public var logLoss: MeasuredFigure?
    /// Expected calibration error over 15 bins of equal width of the logit.
    public var calibrationError: MeasuredFigure?
}

/// What one question says, to be summed over draws of users.
struct QuestionOutcome: Sendable {
    static let binCount = 15

    var user: Int
    var hit = 0.0
    var ndcg = 0.0
    /// Nil where all candidates are alike in label.
    var area: Double?
    var loss = 0.0
    var candidateCount = 0.0
    /// By bin of the probability: candidates, probabilities and purchases.
    var bins: [SIMD4<Double>] = []

    /// - Parameters:
    ///   - scores, isBought: of the candidates.
    ///   - boughtCount: with those that are no candidates.
    ///   - isProbability: whether scores are logits of probabilities.
    init(
        user: Int, scores: [Float], isBought: [Bool], boughtCount: Int, isProbability: Bool
    ) {
        self.user = user
        let order = scores.indices.sorted {
            scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1
        }
        var gain = 0.0
        for (rank, index) in order.prefix(10).enumerated() where isBought[index] {
            gain += 1 / log2(Double(rank) + 2)
            hit = 1
        }
        let ideal = (0..<min(10, boughtCount)).reduce(0) { $0 + 1 / log2(Double($1) + 2) }
        ndcg = ideal > 0 ? gain / ideal : 0
        area = AreaUnderCurve.of(order.map { scores[$0] }, order.map { isBought[$0] })
        guard isProbability else { return }
        candidateCount = Double(scores.count)
        bins = [SIMD4<Double>](repeating: .zero, count: Self.binCount)
        var sum = RankingLoss()
        for index in scores.indices {
            let label: Double = isBought[index] ? 1 : 0
            sum.add(logit: scores[index], label: Float(label), weight: 1)
            let p = 1 / (1 + exp(-Double(scores[index])))
            let place = (Double(scores[index]) + 9) / 12 * Double(Self.binCount)
            bins[min(max(Int(place), 0), Self.binCount - 1)] += SIMD4(1, p, label, 0)
        }
        loss = sum.mean * candidateCount
    }
}

extension RankingMetrics {
    private static let drawCount = 1_000

    init(_ outcomes: [QuestionOutcome], seed: UInt64) {
        let users = Dictionary(grouping: outcomes.indices, by: { outcomes[$0].user })
        let sums = users.keys.sorted().map { user in
            (users[user] ?? []).reduce(into: Sums()) { $0.add(outcomes[$1]) }
        }
        let all = sums.reduce(into: Sums()) { $0.add($1) }
        var random = SeededRandom(seed: seed)
        var draws: [Sums] = []
        for _ in 0..<(sums.isEmpty ? 0 : Self.drawCount) {
            var drawn = Sums()
            for _ in sums.indices { drawn.add(sums[Int.random(in: sums.indices, using: &random)]) }
            draws.append(drawn)
        }
        func figure(_ value: (Sums) -> Double) -> MeasuredFigure {
            let sorted = draws.map(value).sorted()
            func quantile(_ share: Double) -> Double {
                sorted.isEmpty ? 0 : sorted[Int(share * Double(sorted.count - 1))]
            }
            return MeasuredFigure(value: value(all), low: quantile(0.025), high: quantile(0.975))
        }
        questionCount = outcomes.count
        hitRateAt10 = figure { $0.hits / max($0.questions, 1) }
        ndcgAt10 = figure { $0.ndcg / max($0.questions, 1) }
        areaUnderCurve = figure { $0.area / max($0.areas, 1) }
        if all.candidates > 0 {
            logLoss = figure { $0.loss / max($0.candidates, 1) }
            calibrationError = figure(\.calibrationError)
        }
    }

    /// Of any set of questions.
    private struct Sums {
        var questions = 0.0
        var hits = 0.0
        var ndcg = 0.0
        var area = 0.0
        var areas = 0.0
        var loss = 0.0
        var candidates = 0.0
        var bins = [SIMD4<Double>](repeating: .zero, count: QuestionOutcome.binCount)

        mutating func add(_ outcome: QuestionOutcome) {
            questions += 1
            hits += outcome.hit
            ndcg += outcome.ndcg
            area += outcome.area ?? 0
            areas += outcome.area == nil ? 0 : 1
            loss += outcome.loss
            candidates += outcome.candidateCount
            for (index, bin) in outcome.bins.enumerated() { bins[index] += bin }
        }

        mutating func add(_ other: Sums) {
            questions += other.questions
            hits += other.hits
            ndcg += other.ndcg
            area += other.area
            areas += other.areas
            loss += other.loss
            candidates += other.candidates
            for index in bins.indices { bins[index] += other.bins[index] }
        }

        var calibrationError: Double {
            bins.reduce(0) { $0 + abs($1.y - $1.z) } / max(candidates, 1)
        }
    }
}
