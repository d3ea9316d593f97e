internal import Base

/// Decides from times alone whether a connection still has a peer, and one that uses it.
struct ConnectionLiveness {
    enum Verdict: Equatable {
        case wait
        /// Ask the peer whether it is there.
        case ping
        /// Nothing has been called for too long: say goodbye.
        case retire
        /// The connection is old: say goodbye, whatever it does.
        case expire
        /// The peer never said that it speaks HTTP/2, did not answer, or does not go.
        case drop
    }

    static let pingOpaque: UInt64 = 0x616c_6976_653f

    private let handshakeNs: UInt64
    private let idleNs: UInt64
    private let keepaliveNs: UInt64
    private let timeoutNs: UInt64
    private let ageNs: UInt64
    private let graceNs: UInt64
    private let openedAt: MonotonicTime
    private var lastHeard: MonotonicTime
    private var lastBusy: MonotonicTime
    private var pingedAt: MonotonicTime?
    private var retiredAt: MonotonicTime?
    private var expiredAt: MonotonicTime?
    private var hasHeard = false

    /// - Parameters:
    ///   - keepaliveMs: 0 never pings.
    ///   - ageMs: 0 lets the connection grow as old as it likes.
    ///   - graceMs: what the calls of an old connection have to finish.
    init(
        handshakeMs: Int, idleMs: Int, keepaliveMs: Int, timeoutMs: Int, ageMs: Int = 0,
        graceMs: Int = 0, openedAt: MonotonicTime
    ) {
        func nanoseconds(_ ms: Int) -> UInt64 { UInt64(max(0, ms)) * 1_000_000 }
        handshakeNs = nanoseconds(handshakeMs)
        idleNs = nanoseconds(idleMs)
        keepaliveNs = nanoseconds(keepaliveMs)
        timeoutNs = nanoseconds(timeoutMs)
        ageNs = ageMs > 0 ? nanoseconds(ageMs) : .max
        graceNs = nanoseconds(graceMs)
        self.openedAt = openedAt
        lastHeard = openedAt
        lastBusy = openedAt
    }

    /// The peer's SETTINGS came: it speaks HTTP/2.
    mutating func established() { hasHeard = true }

    mutating func received(now: MonotonicTime, isBusy: Bool) {
        lastHeard = now
        pingedAt = nil
        if isBusy { lastBusy = now }
    }

    mutating func check(now: MonotonicTime, isBusy: Bool) -> Verdict {
        if isBusy { lastBusy = now }
        if !hasHeard { return now.nanoseconds(since: openedAt) >= handshakeNs ? .drop : .wait }
        if let pingedAt, now.nanoseconds(since: pingedAt) >= timeoutNs { return .drop }
        if let expiredAt {
            return now.nanoseconds(since: expiredAt) >= graceNs ? .drop : .wait
        }
        if now.nanoseconds(since: openedAt) >= ageNs {
            expiredAt = now
            return .expire
        }
        if let retiredAt {
            return now.nanoseconds(since: retiredAt) >= timeoutNs && !isBusy ? .drop : .wait
        }
        if now.nanoseconds(since: lastBusy) >= idleNs {
            retiredAt = now
            return .retire
        }
        if keepaliveNs > 0, pingedAt == nil, now.nanoseconds(since: lastHeard) >= keepaliveNs {
            pingedAt = now
            return .ping
        }
        return .wait
    }

    /// When to `check` again: the soonest of what may be due.
    func nextCheck(now: MonotonicTime) -> MonotonicTime {
        var next = lastBusy.advanced(byNanoseconds: idleNs)
        if !hasHeard { next = min(next, openedAt.advanced(byNanoseconds: handshakeNs)) }
        if let pingedAt {
            next = min(next, pingedAt.advanced(byNanoseconds: timeoutNs))
        } else if keepaliveNs > 0 {
            next = min(next, lastHeard.advanced(byNanoseconds: keepaliveNs))
        }
        if let retiredAt { next = retiredAt.advanced(byNanoseconds: timeoutNs) }
        next = min(
            next,
            expiredAt.map { $0.advanced(byNanoseconds: graceNs) }
                ?? openedAt.advanced(byNanoseconds: ageNs))
        // What is overdue already (a retired connection with calls) is looked at again soon, not at once.
        return max(next, now.advanced(byNanoseconds: 100_000_000))
    }
}
