/// Candidates being scored: `advance` until all are, then `finish`. Slices do not change the result.
/// May move between threads, never run on two.
public protocol RankingWork: Sendable {
    associatedtype Ranked: Sendable

    var isDone: Bool { get }

    /// Scores at most `maxCandidates` more.
    mutating func advance(maxCandidates: Int)

    /// - Precondition: `isDone`.
    mutating func finish() -> Ranked
}

extension RankingWork {
    /// All of `candidateCount`.
    public mutating func rank(_ candidateCount: Int) -> Ranked {
        advance(maxCandidates: candidateCount)
        return finish()
    }
}
