// One test of many rankings on the same questions and candidates: what is bought next, and what is bought
// that never was before.

internal import Base
private import Dispatch
internal import Ranking
internal import Store
private import Synchronization

/// What is to be foreseen.
public enum RankingTask: String, Sendable, Codable, CaseIterable {
    /// All that is bought within the horizon, bought before or not.
    case next
    /// What the user never bought before, among candidates of that kind.
    case new

    public var title: String {
        switch self {
        case .next: "next purchases"
        case .new: "items never bought before"
        }
    }
}

/// Scores of all rows of a test by one method.
public struct ScoredTest: Sendable {
    public var name: String
    public var scores: [Float]
    /// Whether they are logits of probabilities.
    public var isProbability: Bool

    public init(name: String, scores: [Float], isProbability: Bool) {
        self.name = name
        self.scores = scores
        self.isProbability = isProbability
    }
}

public struct RankingResult: Sendable, Codable {
    public var name: String
    public var task: RankingTask
    public var metrics: RankingMetrics
}

struct RankingEvaluation {
    let rows: RankingRows
    let seed: UInt64

    /// Share of what was bought that is among the candidates.
    var candidateRecall: Double {
        let bought = rows.questions.reduce(0) { $0 + $1.boughtRows.count }
        return Double(rows.labels.lazy.filter { $0 > 0 }.count) / Double(max(bought, 1))
    }

    func results(_ tests: [ScoredTest]) -> [RankingResult] {
        let tasks = RankingTask.allCases
        let results = Mutex([Int: RankingResult]())
        DispatchQueue.concurrentPerform(iterations: tests.count * tasks.count) { index in
            let (test, task) = (tests[index / tasks.count], tasks[index % tasks.count])
            let result = RankingResult(
                name: test.name, task: task,
                metrics: RankingMetrics(outcomes(test, task), seed: seed))
            results.withLock { $0[index] = result }
        }
        return results.withLock { found in found.keys.sorted().compactMap { found[$0] } }
    }

    /// - Parameter questions: nil for all.
    func outcomes(
        _ test: ScoredTest, _ task: RankingTask, among questions: [Int]? = nil
    ) -> [QuestionOutcome] {
        var outcomes: [QuestionOutcome] = []
        for index in questions ?? Array(rows.questions.indices) {
            let question = rows.questions[index]
            var chosen = Array(rows.starts[index]..<rows.starts[index + 1])
            var boughtCount = question.boughtRows.count
            if task == .new {
                chosen = chosen.filter { rows.ownDays[$0] == 0 }
                boughtCount = question.newCount
            }
            guard boughtCount > 0 else { continue }
            outcomes.append(
                QuestionOutcome(
                    user: question.user, scores: chosen.map { test.scores[$0] },
                    isBought: chosen.map { rows.labels[$0] > 0 }, boughtCount: boughtCount,
                    isProbability: test.isProbability))
        }
        return outcomes
    }

    /// What needs no training beside the statistics: what everyone buys, what the user bought most, what
    /// is bought along with it.
    var baselines: [ScoredTest] {
        guard let recent = FeatureSchema.index(of: "recent_popularity"),
            let neighbours = FeatureSchema.index(of: "co_occurrence")
        else { return [] }
        var popularity: [Float] = []
        var frequency: [Float] = []
        var near: [Float] = []
        for (row, features) in rows.features.enumerated() {
            let own = Float(rows.ownDays[row])
            popularity.append(features[recent])
            // Ties by popularity, which is at most 1.
            frequency.append(own + 0.5 * features[recent])
            let squashed = min(features[neighbours], 0.999)
            // An item's cosine with itself is 1.
            near.append((own > 0 ? 1 : 0) + squashed / (1 - squashed))
        }
        return [
            ScoredTest(name: "popularity", scores: popularity, isProbability: false),
            ScoredTest(name: "own frequency", scores: frequency, isProbability: false),
            ScoredTest(name: "item neighbours", scores: near, isProbability: false),
        ]
    }
}
