// The rows of a test, and what may be asked of them.

public import Base
internal import Ranking
internal import Store

public final class RankingTest: Sendable {
    let rows: RankingRows
    let events: RankingEvents
    let block: RankingBlock
    let seed: UInt64

    init(rows: RankingRows, events: RankingEvents, block: RankingBlock, seed: UInt64) {
        self.rows = rows
        self.events = events
        self.block = block
        self.seed = seed
    }

    public var questionCount: Int { rows.questions.count }
    public var rowCount: Int { rows.count }
    public var positiveCount: Int { rows.labels.lazy.filter { $0 > 0 }.count }

    /// Share of what was bought that is among the candidates.
    public var candidateRecall: Double { evaluation.candidateRecall }

    var evaluation: RankingEvaluation { RankingEvaluation(rows: rows, seed: seed) }

    public func scored(_ fitted: FittedRanking) -> ScoredTest {
        ScoredTest(
            name: "Rankwire \(fitted.kind)",
            scores: RowScorer(head: fitted.model.head, table: block.table).logits(rows),
            isProbability: true)
    }

    /// Popularity, the user's own most bought, item neighbours.
    public var baselines: [ScoredTest] { evaluation.baselines }

    /// - Throws: a fault for scores that are not one finite number a row.
    public func results(_ tests: [ScoredTest]) throws(Fault) -> [RankingResult] {
        for test in tests {
            guard test.scores.count == rows.count else {
                throw .invalid(
                    "scores", "\(test.name) has \(test.scores.count) scores for \(rows.count) rows")
            }
            guard test.scores.allSatisfy(\.isFinite) else {
                throw .invalid("scores", "\(test.name) has scores that are no finite numbers")
            }
        }
        return evaluation.results(tests)
    }

    /// By how much one ranking's figures are above another's, users drawn for both alike.
    public func differences(
        _ test: ScoredTest, over other: ScoredTest, _ task: RankingTask
    ) -> RankingDifference {
        RankingDifference(
            evaluation.outcomes(test, task), evaluation.outcomes(other, task), seed: seed)
    }
}

/// Differences of means over questions, with their intervals.
public struct RankingDifference: Sendable, Codable {
    private static let drawCount = 1_000

    public var hitRateAt10: MeasuredFigure
    public var ndcgAt10: MeasuredFigure

    /// - Precondition: of the same questions.
    init(_ outcomes: [QuestionOutcome], _ others: [QuestionOutcome], seed: UInt64) {
        let differences = zip(outcomes, others).map {
            SIMD4($0.hit - $1.hit, $0.ndcg - $1.ndcg, 1, 0)
        }
        let users = Dictionary(grouping: outcomes.indices, by: { outcomes[$0].user })
        let sums = users.keys.sorted().map { user in
            (users[user] ?? []).reduce(into: SIMD4<Double>.zero) { $0 += differences[$1] }
        }
        var random = SeededRandom(seed: seed)
        let draws = (0..<Self.drawCount).map { _ in
            sums.indices.reduce(into: SIMD4<Double>.zero) { sum, _ in
                sum += sums[Int.random(in: sums.indices, using: &random)]
            }
        }
        let all = sums.reduce(into: SIMD4<Double>.zero) { $0 += $1 }
        func figure(_ place: Int) -> MeasuredFigure {
            let sorted = draws.map { $0[place] / max($0.z, 1) }.sorted()
            return MeasuredFigure(
                value: all[place] / max(all.z, 1), low: sorted[Int(0.025 * Double(sorted.count))],
                high: sorted[Int(0.975 * Double(sorted.count))])
        }
        hitRateAt10 = figure(0)
        ndcgAt10 = figure(1)
    }
}
