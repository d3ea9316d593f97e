internal import Base
private import Synchronization

/// Slows down who tries credentials: past a few unknown ones from an address its credentials are
/// looked at one a second at most, right or wrong. Calls on connections that have been recognised
/// are not touched.
final class GuessLimiter: Sendable {
    private struct Address {
        let budget = RateBudget(perSecond: 1, burst: GuessLimiter.burst)
        var isReported = false
    }

    private static let burst = 10
    private static let maxAddresses = 10_000

    private let addresses = Mutex<[String: Address]>([:])
    private let onGuessing: @Sendable (String) -> Void

    init(_ onGuessing: @escaping @Sendable (String) -> Void) { self.onGuessing = onGuessing }

    /// Whether credentials from `peer` may be looked at now.
    func mayTry(_ peer: String, now: MonotonicTime) -> Bool {
        addresses.withLock { $0[Self.address(peer)]?.budget.hasLeft(now: now) ?? true }
    }

    /// They were unknown.
    func failed(_ peer: String, now: MonotonicTime) {
        let address = Self.address(peer)
        let mustReport = addresses.withLock { addresses in
            // Forgetting all at once is what an attacker with ten thousand addresses gains.
            if addresses.count >= Self.maxAddresses, addresses[address] == nil { addresses = [:] }
            var entry = addresses[address] ?? Address()
            _ = entry.budget.spend(now: now)
            let mustReport = !entry.isReported && !entry.budget.hasLeft(now: now)
            if mustReport { entry.isReported = true }
            addresses[address] = entry
            return mustReport
        }
        if mustReport { onGuessing(address) }
    }

    /// The host of `host:port`; of IPv6 the network, 64 bits, which one customer has whole.
    static func address(_ peer: String) -> String {
        guard let colon = peer.lastIndex(of: ":") else { return peer }
        guard peer.hasPrefix("[") else { return String(peer[..<colon]) }
        let host = peer[..<colon].dropFirst().dropLast()
        let halves = host.split(separator: "::", omittingEmptySubsequences: false)
        var groups = halves[0].split(separator: ":")
        if halves.count == 2 {
            let right = halves[1].split(separator: ":")
            while groups.count + right.count < 8 { groups.append("0") }
            groups += right
        }
        return groups.prefix(4).joined(separator: ":") + "::/64"
    }
}
