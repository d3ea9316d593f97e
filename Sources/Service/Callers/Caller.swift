// Who calls: a configured identity with its rights, its class and its budgets.

public import Base
public import Inference
public import RPC
internal import Store

public final class Caller: Sendable {
    /// For logs and metrics.
    public let name: String
    /// What its work is owed, whatever it asks.
    public let callerClass: CallerClass
    /// Kinds of sensitive data it may see.
    let labels: DataLabels
    /// Paths of the RPCs it may use.
    let grants: Set<String>
    /// Nil: not limited.
    let requests: RateBudget?
    /// Of the encoder's tokens; nil: not limited.
    let tokens: RateBudget?
    public let counters: CallerCounters

    init(_ entry: CallerEntry, grants: Set<String>, counters: CallerCounters) {
        name = entry.name
        callerClass = entry.callerClass
        labels = entry.labels
        self.grants = grants
        requests = entry.requestsPerSecond.map {
            RateBudget(perSecond: $0, burst: entry.requestBurst ?? $0)
        }
        tokens = entry.tokensPerSecond.map {
            RateBudget(perSecond: $0, burst: entry.tokenBurst ?? $0)
        }
        self.counters = counters
    }

    /// One more request.
    func takeRequest(now: MonotonicTime) throws(Fault) {
        if let waitNs = requests?.spend(now: now) {
            counters.refusedByRate.add()
            throw Self.exhausted("RATE_EXCEEDED", "this caller's request rate is used up", waitNs)
        }
        counters.requests.add()
    }

    /// Texts of `count` tokens are about to be encoded.
    func takeTokens(_ count: Int, now: MonotonicTime) throws(Fault) {
        if let waitNs = tokens?.spend(count, now: now) {
            counters.refusedByTokens.add()
            throw Self.exhausted(
                "TOKEN_BUDGET_EXCEEDED", "this caller's budget of tokens is used up", waitNs)
        }
        counters.tokens.add(count)
    }

    static func exhausted(_ reason: String, _ message: String, _ waitNs: UInt64) -> Fault {
        Fault(
            .resourceExhausted, reason: reason, message,
            retryAfterMs: Int(waitNs / 1_000_000) + 1)
    }
}

/// What one caller did, for metrics. They go on when the file of callers is read again.
public final class CallerCounters: Sendable {
    /// Granted; those of a stream one by one.
    public let requests = SharedCounter()
    /// Of texts, before the encoder.
    public let tokens = SharedCounter()
    public let refusedByRights = SharedCounter()
    public let refusedByRate = SharedCounter()
    public let refusedByTokens = SharedCounter()

    public var refused: [(reason: String, count: Int)] {
        [
            ("rights", refusedByRights.value), ("rate", refusedByRate.value),
            ("tokens", refusedByTokens.value),
        ]
    }
}

extension ServerCall {
    /// Who calls; nil on a server that has no file of callers, where everyone may do everything.
    public var knownCaller: Caller? { caller as? Caller }

    /// - Parameter usual: the RPC's own, for a server without callers.
    func callerClass(_ usual: CallerClass) -> CallerClass { knownCaller?.callerClass ?? usual }
}
