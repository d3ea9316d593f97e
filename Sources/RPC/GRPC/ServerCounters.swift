private import Synchronization

/// What happened on one loop's connections, for metrics. Written by the loop's thread alone, read by
/// any: relaxed, since each number stands for itself.
public final class ServerCounters: Sendable {
    public let connectionsAccepted = LoopCounter()
    public let connectionsRefused = LoopCounter()
    public let connectionsClosed = LoopCounter()
    /// Connections ended because of what the peer did: garbage, floods, broken frames.
    public let connectionsFailed = LoopCounter()
    /// Connections ended for doing nothing.
    public let connectionsIdle = LoopCounter()
    public let callsStarted = LoopCounter()
    public let callsFinished = LoopCounter()
    /// Calls ended by the caller or by the loss of its connection before their answer.
    public let callsCancelled = LoopCounter()
    public let callsExpired = LoopCounter()
    /// Calls refused by a limit or for breaking the protocol.
    public let callsRejected = LoopCounter()
    public let bytesRead = LoopCounter()
    public let bytesWritten = LoopCounter()
    public let resetsReceived = LoopCounter()
    public let pingsReceived = LoopCounter()

    public init() {}

    public var openConnections: Int { connectionsAccepted.value - connectionsClosed.value }
}

/// A number with one writer.
public final class LoopCounter: Sendable {
    private let count = Atomic<Int>(0)

    public var value: Int { count.load(ordering: .relaxed) }

    /// The loop's thread only: not a locked addition.
    @inline(__always)
    func add(_ amount: Int = 1) {
        count.store(count.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }
}
