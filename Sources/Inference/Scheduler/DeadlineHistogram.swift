internal import Base

/// How many tokens of a class wait for moments up to a given one: what is ahead of a newcomer when
/// the earliest deadline goes first.
///
/// A ring of milliseconds. It covers the second that orders look ahead (`ClassQueue.patienceMs`)
/// and as much of the past; what is overdue by more has no bucket and counts as ahead of all.
struct DeadlineHistogram {
    private static let bucketCount: UInt64 = 2_048

    private struct Bucket {
        var millisecond: UInt64 = 0
        var tokens = 0
    }

    private var buckets = [Bucket](repeating: Bucket(), count: Int(Self.bucketCount))
    private var total = 0

    mutating func add(_ tokens: Int, at moment: MonotonicTime) {
        let millisecond = moment.nanoseconds / 1_000_000
        let index = Int(millisecond % Self.bucketCount)
        if buckets[index].millisecond != millisecond {
            buckets[index] = Bucket(millisecond: millisecond)
        }
        buckets[index].tokens += tokens
        total += tokens
    }

    mutating func remove(_ tokens: Int, at moment: MonotonicTime) {
        let millisecond = moment.nanoseconds / 1_000_000
        let index = Int(millisecond % Self.bucketCount)
        if buckets[index].millisecond == millisecond { buckets[index].tokens -= tokens }
        total -= tokens
    }

    /// - Parameter now: moments further than `patienceMs` from it are not asked about.
    func tokens(upTo moment: MonotonicTime, now: MonotonicTime) -> Int {
        let first = moment.nanoseconds / 1_000_000 + 1
        let last = now.nanoseconds / 1_000_000 + ClassQueue.patienceMs + 1
        guard first <= last else { return total }
        var later = 0
        for millisecond in first...last {
            let bucket = buckets[Int(millisecond % Self.bucketCount)]
            if bucket.millisecond == millisecond { later += bucket.tokens }
        }
        return total - later
    }
}
