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
    public let handshakesCompleted = LoopCounter()
    /// TLS handshakes that the peer, or its certificate, brought to nothing.
    public let handshakesFailed = LoopCounter()
    /// Connections refused because of `maxHandshakes`; among `connectionsRefused` too.
    public let handshakesRefused = LoopCounter()
    public let callsStarted = LoopCounter()
    /// Calls ended from this side, by their handler or in its place.
    public let callsFinished = LoopCounter()
    /// Calls ended by the caller or by the loss of its connection before their answer.
    public let callsCancelled = LoopCounter()
    public let callsExpired = LoopCounter()
    /// Calls refused by a limit or for breaking the protocol.
    public let callsRejected = LoopCounter()
    /// Header lists past `maxHeaderListBytes`.
    public let headersTooLarge = LoopCounter()
    /// Messages past `maxMessageBytes`, before or after unpacking.
    public let messagesTooLarge = LoopCounter()
    /// Packed messages among them that would have unpacked to more.
    public let bombsRefused = LoopCounter()
    /// Calls refused because a connection's incomplete messages are too many bytes together.
    public let gatheredTooMuch = LoopCounter()
    /// Streams past `maxStreamsPerConnection`.
    public let streamsRefused = LoopCounter()
    /// Calls and connections ended because something did not finish arriving.
    public let sendersTooSlow = LoopCounter()
    /// Answers given up because the caller did not read them.
    public let readersTooSlow = LoopCounter()
    /// Connections told to go for their age.
    public let connectionsAged = LoopCounter()
    /// Connections ended by a flood: of pings, of frames that carry nothing, of resets, of header
    /// fragments, of frames whose acknowledgements are not read.
    public let pingFloods = LoopCounter()
    public let frameFloods = LoopCounter()
    public let resetFloods = LoopCounter()
    public let continuationFloods = LoopCounter()
    public let acknowledgementFloods = LoopCounter()
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
