#if canImport(Glibc)
    private import Glibc
#endif

/// A moment of the monotonic clock in nanoseconds. Only differences mean anything.
public struct MonotonicTime: Sendable, Comparable, Hashable {
    public var nanoseconds: UInt64

    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// Later than every deadline: what a call without a deadline carries.
    public static let distantFuture = MonotonicTime(nanoseconds: .max)

    public static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }

    /// Saturates: adding to `distantFuture` stays there.
    public func advanced(byNanoseconds delta: UInt64) -> MonotonicTime {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(delta)
        return MonotonicTime(nanoseconds: overflow ? .max : sum)
    }

    /// Nanoseconds from `earlier` to self, 0 where `earlier` is not earlier.
    public func nanoseconds(since earlier: MonotonicTime) -> UInt64 {
        nanoseconds > earlier.nanoseconds ? nanoseconds - earlier.nanoseconds : 0
    }
}

/// Where the time comes from. Injected, so that simulations and tests own it.
public protocol TimeSource: Sendable {
    func now() -> MonotonicTime
    /// Nanoseconds since the Unix epoch, for what is stored or shown; may jump.
    func unixNanoseconds() -> Int64
}

/// The machine's clocks: CLOCK_MONOTONIC and CLOCK_REALTIME.
public struct SystemTime: TimeSource {
    public init() {}

    public func now() -> MonotonicTime {
        MonotonicTime(nanoseconds: UInt64(Self.read(CLOCK_MONOTONIC)))
    }

    public func unixNanoseconds() -> Int64 { Self.read(CLOCK_REALTIME) }

    fileprivate static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        // Fails only for a clock the kernel does not have; all three are in every Linux.
        precondition(clock_gettime(clock, &time) == 0)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// What the calling thread has spent on a processor, CLOCK_THREAD_CPUTIME_ID: for measuring work that
/// others must not disturb. It stands still while the thread waits.
public struct ThreadTime: TimeSource {
    public init() {}

    public func now() -> MonotonicTime {
        MonotonicTime(nanoseconds: UInt64(SystemTime.read(CLOCK_THREAD_CPUTIME_ID)))
    }

    public func unixNanoseconds() -> Int64 { SystemTime().unixNanoseconds() }
}
