internal import Base

/// How many events of one kind a peer may cause: so many at once, and a steady rate after that.
///
/// The generic cell rate algorithm (ITU-T I.371, annex A): one time stamp instead of a bucket and
/// its refill.
struct FrameBudget {
    private let intervalNs: UInt64
    private let toleranceNs: UInt64
    /// When the budget is whole again.
    private var wholeAtNs: UInt64 = 0

    init(burst: Int, perSecond: Int) {
        intervalNs = max(1, 1_000_000_000 / UInt64(max(1, perSecond)))
        let (tolerance, overflow) = intervalNs.multipliedReportingOverflow(
            by: UInt64(max(0, burst)))
        toleranceNs = overflow ? .max : tolerance
    }

    /// One more event.
    /// - Returns: false when it is one too many.
    mutating func spend(now: MonotonicTime) -> Bool {
        let start = max(wholeAtNs, now.nanoseconds)
        if start - now.nanoseconds >= toleranceNs { return false }
        wholeAtNs = start + intervalNs
        return true
    }

    /// Gives one event back.
    mutating func earn() { wholeAtNs -= min(wholeAtNs, intervalNs) }
}
