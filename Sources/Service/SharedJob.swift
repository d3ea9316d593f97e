internal import Base
internal import Ranking
private import Synchronization

/// A recommendation that goes from worker to worker, one at a time: handed over by value, it would be
/// copied for every slice.
final class SharedJob: Sendable {
    private let job: Mutex<RecommendationJob>

    init(_ job: RecommendationJob) { self.job = Mutex(job) }

    /// Works for about so long; the result when it is done.
    func advance(for nanoseconds: UInt64, _ time: any TimeSource) -> FoundItems? {
        job.withLock { job in
            let start = time.now()
            while !job.isDone, time.now().nanoseconds(since: start) < nanoseconds { job.advance() }
            return job.isDone ? job.finish() : nil
        }
    }
}
