public import Base

/// A handler's side of one call. Confined to the loop's thread; cross threads with
/// `LoopConfined(call, to: call.mailbox)`.
///
/// Keep it as long as you like: once the call has ended, by whatever cause, sends do nothing and
/// `isActive` is false, although the objects behind it serve other calls by then.
public struct ServerCall {
    private let active: ActiveCall
    private let generation: UInt64
    /// When the caller stops waiting; `distantFuture` when it set no limit.
    public let deadline: MonotonicTime

    init(_ active: ActiveCall) {
        self.active = active
        generation = active.generation
        deadline = active.deadline
    }

    /// Whether the objects behind this call are still this call's.
    @inline(__always)
    private var isCurrent: Bool {
        precondition(active.environment.mailbox.isOnLoop, "a call was used off its loop")
        return active.generation == generation
    }

    public var mailbox: LoopMailbox { active.environment.mailbox }

    /// Nobody has ended the call: what is sent will be delivered or the handler told otherwise.
    public var isActive: Bool { isCurrent && active.isOpen }

    /// `/package.Service/Method`
    public var path: String { isCurrent ? active.method?.path ?? "" : "" }

    /// Where the call comes from, e.g. `127.0.0.1:50412` or `unix:`.
    public var peer: String { isCurrent ? active.session?.peer ?? "" : "" }

    /// What the peer has proved to be by TLS; nil without a certificate.
    public var certificate: PeerCertificate? { isCurrent ? active.session?.certificate : nil }

    /// The value of `authorization`, copied: it is no part of `metadata`. Empty when there is none.
    public var authorization: [UInt8] {
        isCurrent ? Array(active.authorization.readable) : []
    }

    /// The same without a copy.
    public func withAuthorization<Result>(_ body: (RawSpan) -> Result) -> Result {
        if !isCurrent { return body([UInt8]().span.bytes) }
        return body(active.authorization.readable.bytes)
    }

    /// What the server's gate keeps of this call's connection.
    public var pass: ConnectionPass? {
        get { isCurrent ? active.session?.pass : nil }
        nonmutating set { if isCurrent { active.session?.pass = newValue } }
    }

    /// Whom the server's gate has recognised.
    public var caller: AnyObject? {
        get { isCurrent ? active.caller : nil }
        nonmutating set { if isCurrent { active.caller = newValue } }
    }

    /// Place of the method in the registry.
    public var methodIndex: Int { isCurrent ? active.method?.index ?? 0 : 0 }

    /// The time at the event being handled.
    public var now: MonotonicTime { active.environment.now }

    /// The call's header came no earlier than that: what waited in the kernel while the loop was busy has
    /// this earlier moment. For answers that must not be late.
    public var arrival: MonotonicTime { active.arrival }

    /// Runs `action` on the call's loop at `moment` or up to two milliseconds later, unless the timer
    /// is cancelled; also when the call has ended by then.
    public func schedule(at moment: MonotonicTime, _ action: @escaping () -> Void) -> LoopTimer {
        let timer = LoopTimer(action)
        active.environment.timers.schedule(timer, at: moment)
        return timer
    }

    /// The caller's metadata, decoded at each use. Empty once the call has ended.
    public var metadata: Metadata { isCurrent ? active.fields.metadata() : Metadata() }

    /// The first text value under `name` (lower case), without decoding the rest.
    public func metadata(_ name: StaticString) -> String? {
        isCurrent ? active.fields.text(name) : nil
    }

    /// One request of this call went through these stages: for metrics and the log of slow calls.
    public func add(_ times: StageTimes) { if isCurrent { active.add(times) } }

    /// Whether the message that was received last came packed.
    public var wasMessageCompressed: Bool { isCurrent && active.inbox.isMessagePacked }

    // MARK: Replying

    /// Sends the response's header with these fields, before any message. Once at most; the first
    /// `send` does it without fields.
    public func sendInitialMetadata(_ metadata: Metadata) {
        if isCurrent { active.openResponse(metadata) }
    }

    /// Packs replies with gzip from here on, if the caller reads it. Before the first message and
    /// before `sendInitialMetadata`.
    /// - Returns: whether replies will be packed.
    @discardableResult
    public func enableCompression() -> Bool { isCurrent && active.enableCompression() }

    /// Queues one message of `byteCount` bytes, which `fill` writes where they will be sent from.
    public func send(byteCount: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
        if isCurrent { active.send(byteCount: byteCount, fill) }
    }

    /// Queues one message. `compressed: false` sends it plain although compression is enabled.
    public func send(_ message: [UInt8], compressed: Bool = true) {
        if isCurrent { message.withUnsafeBytes { active.send($0, compressed: compressed) } }
    }

    public func send(_ message: RawSpan) {
        if isCurrent { message.withUnsafeBytes { active.send($0, compressed: true) } }
    }

    /// Ends the call with OK.
    public func finish(trailers: Metadata = Metadata()) {
        if isCurrent { active.finish(nil, trailers) }
    }

    /// Ends the call with an error. Messages already sent arrive before it.
    /// - Parameter details: a serialised google.rpc.Status for `grpc-status-details-bin`.
    public func fail(
        _ code: StatusCode, _ message: String, details: [UInt8] = [],
        trailers: Metadata = Metadata()
    ) {
        if isCurrent { active.finish(RPCStatus(code, message, details: details), trailers) }
    }

    // MARK: Flow

    /// False while so much is unsent that a streaming handler should wait for `writable`.
    public var canSend: Bool { isCurrent && active.canSend }

    /// Bytes of this call that wait to be sent.
    public var unsentBytes: Int { isCurrent ? active.stream.queuedBytes : 0 }

    /// No message is delivered until `resumeReading`. The caller is slowed down by flow control.
    public func pauseReading() { if isCurrent { active.inbox.pause() } }
    public func resumeReading() { if isCurrent { active.resumeReading() } }
}
