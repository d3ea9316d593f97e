internal import Base

/// How often a peer may ask whether the server is there (gRFC A8, "Server Enforcement"): a ping that
/// comes too soon after the one before is a strike, and what the server sends forgives them all, since
/// a peer may well measure its link by pings while data flows.
struct PingPolicy {
    private let intervalNs: UInt64
    /// For a connection without calls, where `permitsWithoutCalls` is off.
    private static let idleIntervalNs: UInt64 = 2 * 60 * 60 * 1_000_000_000
    private let permitsWithoutCalls: Bool
    private let maxStrikes: Int
    private var lastPing: MonotonicTime?
    private var strikes = 0

    /// - Parameter maxStrikes: 0 lets every ping pass.
    init(minIntervalMs: Int, permitsWithoutCalls: Bool, maxStrikes: Int) {
        intervalNs = UInt64(max(0, minIntervalMs)) * 1_000_000
        self.permitsWithoutCalls = permitsWithoutCalls
        self.maxStrikes = maxStrikes
    }

    /// The server has sent HEADERS or DATA.
    mutating func contentSent() {
        lastPing = nil
        strikes = 0
    }

    /// - Returns: false when the peer has used up its strikes.
    mutating func received(now: MonotonicTime, hasCalls: Bool) -> Bool {
        defer { lastPing = now }
        guard maxStrikes > 0, let lastPing else { return true }
        let interval = hasCalls || permitsWithoutCalls ? intervalNs : Self.idleIntervalNs
        if now.nanoseconds(since: lastPing) < interval { strikes += 1 }
        return strikes <= maxStrikes
    }
}
