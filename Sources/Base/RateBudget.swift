private import Synchronization

/// So many units a second, and so many at once: a token bucket that all threads share. The generic
/// cell rate algorithm (ITU-T I.371, annex A): one time stamp instead of a level and its refill.
public final class RateBudget: Sendable {
    public let perSecond: Int
    public let burst: Int
    private let nanosecondsPerUnit: Double
    private let toleranceNs: UInt64
    /// When the bucket is full again.
    private let wholeAtNs = Atomic<UInt64>(0)

    /// - Parameters:
    ///   - perSecond: at least 1.
    ///   - burst: at least 1.
    public init(perSecond: Int, burst: Int) {
        precondition(perSecond > 0 && burst > 0, "a budget is not empty")
        self.perSecond = perSecond
        self.burst = burst
        nanosecondsPerUnit = 1e9 / Double(perSecond)
        toleranceNs = UInt64(min(Double(burst) * nanosecondsPerUnit, 1e18).rounded(.up))
    }

    /// Takes `units`, all or none. More than `burst` are granted when the bucket is full, and paid
    /// back before the next.
    /// - Returns: nil when granted, else the nanoseconds after which it would be.
    public func spend(_ units: Int = 1, now: MonotonicTime) -> UInt64? {
        let cost = UInt64(min(Double(max(0, units)) * nanosecondsPerUnit, 1e18).rounded(.up))
        var whole = wholeAtNs.load(ordering: .relaxed)
        while true {
            let start = max(whole, now.nanoseconds)
            let owed = start - now.nanoseconds
            if owed > 0, owed + cost > toleranceNs {
                return owed + min(cost, toleranceNs) - toleranceNs
            }
            let (exchanged, original) = wholeAtNs.weakCompareExchange(
                expected: whole, desired: start + cost, ordering: .relaxed)
            if exchanged { return nil }
            whole = original
        }
    }

    /// Whether one unit would be granted; takes none.
    public func hasLeft(now: MonotonicTime) -> Bool {
        let whole = wholeAtNs.load(ordering: .relaxed)
        let owed = whole > now.nanoseconds ? whole - now.nanoseconds : 0
        return owed == 0 || Double(owed) + nanosecondsPerUnit <= Double(toleranceNs)
    }
}
