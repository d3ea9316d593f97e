// One call on the server: the state behind `ServerCall`. A pure state machine between its HTTP/2
// stream and its handler; the clock and the timers come from its environment. Pooled: `generation`
// moves on when a call ends, so that a handle kept by a handler can never reach the next call.
//
// Its parts: this file has the life of a call, +Fields what the request's header says, +Receiving the
// messages in, +Sending the messages out.

internal import Base

final class ActiveCall: HTTP2StreamOwner {
    enum Phase {
        /// The request's header is arriving.
        case opening
        /// The request is not gRPC, and will be told so once it has ended.
        case refused
        /// A handler is at work and nothing has been sent.
        case running
        /// The response's header is queued.
        case responding
        /// The end of the response is queued; the stream lives until it is written.
        case ended
        /// In the pool.
        case closed
    }

    let environment: ServerEnvironment
    let stream = HTTP2Stream()
    /// Alive while the call is: it closes every stream before it goes.
    var sessionReference: Unmanaged<ServerSession>?
    private(set) var generation: UInt64 = 0
    var phase = Phase.closed
    var handler: (any CallHandler)?
    /// Kept alive by the registry.
    var methodReference: Unmanaged<Method>?
    var deadline = MonotonicTime.distantFuture
    private let timer = LoopTimer()
    /// When its header began to arrive.
    var startedAt = MonotonicTime.distantFuture
    /// It came no earlier.
    private(set) var arrival = MonotonicTime.distantFuture
    /// Of all its requests together.
    var stages = StageTimes()

    // What the request's header said.
    var fields = ReceivedFields()
    var request = RequestHead()
    var authority = ByteQueue()
    /// Kept apart from the other fields: handlers do not see it.
    var authorization = ByteQueue()
    /// Whom the gate has recognised.
    var caller: AnyObject?

    // Receiving.
    /// Made with the call, retained until it goes.
    private(set) var inboxReference: Unmanaged<MessageInbox<ActiveCall>>?
    var messagesReceived = 0
    /// When the message that is arriving began: for a method that takes one, with the call.
    var incompleteBegunAt: MonotonicTime?

    // Sending.
    var messagesSent = 0
    var isCompressing = false
    /// Nil is OK.
    var status: RPCStatus?
    var trailers = Metadata()
    var hasTrailers = true

    init(_ environment: ServerEnvironment) {
        self.environment = environment
        super.init()
        timer.target = self
        inboxReference = .passRetained(
            MessageInbox(
                owner: self, stream: stream, codec: environment.codec,
                maxMessageBytes: environment.limits.maxMessageBytes))
    }

    deinit { inboxReference?.release() }

    /// Set in init.
    var inbox: MessageInbox<ActiveCall> {
        inboxReference.unsafelyUnwrapped.takeUnretainedValue()
    }
    var session: ServerSession? { sessionReference?.takeUnretainedValue() }
    var method: Method? { methodReference?.takeUnretainedValue() }
    var kind: MethodKind? { methodReference?.borrow { $0.kind } }

    // MARK: The stream's events

    override func headerReceived(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        readHeader(name: name, value: value)
    }
    override func headersEnded(endsStream: Bool) { finishHead(endsStream: endsStream) }
    override func dataReceived(_ bytes: UnsafeRawBufferPointer) {
        inboxReference?.borrow { $0.received(bytes) }
    }
    override func endReceived() { finishRequest() }
    override func outgoingDrained() { resumeSending() }
    override func appendTrailers(to block: inout HeaderBlock) -> Bool { addTrailers(to: &block) }

    /// A handler may still answer.
    var isOpen: Bool { phase == .running || phase == .responding }

    /// A stream has been opened for this call.
    func open(_ session: ServerSession) {
        sessionReference = .passUnretained(session)
        phase = .opening
        startedAt = environment.now
        arrival = environment.arrival
    }

    // MARK: Deadline

    func armTimer(at time: MonotonicTime) { environment.timers.schedule(timer, at: time) }

    /// Called when the header is complete and good.
    func begin(_ method: Method) {
        phase = .running
        environment.counters.callsStarted.add()
        setDeadline(method.kind)
        if method.kind.takesOneRequest { incompleteBegunAt = environment.now }
        let call = ServerCall(self)
        if deadline <= environment.now {
            expire()
            return
        }
        if let gate = environment.gate, !gate.admits(call) { return }
        handler = method.make(call)
    }

    private func setDeadline(_ kind: MethodKind) {
        if let timeout = request.timeoutNanoseconds {
            deadline = environment.now.advanced(byNanoseconds: timeout)
        } else if kind == .unary {
            deadline = environment.now.advanced(
                byNanoseconds: UInt64(environment.limits.defaultDeadlineMs) * 1_000_000)
        }
        if deadline != .distantFuture { armTimer(at: deadline) }
    }

    /// Its caller's clock, which began before this one, is at the deadline or close.
    var isAboutToExpire: Bool {
        guard let timeout = request.timeoutNanoseconds, deadline != .distantFuture else {
            return false
        }
        return environment.now.advanced(byNanoseconds: timeout / 8) >= deadline
    }

    private func expire() {
        environment.counters.callsExpired.add()
        end(
            early: .deadlineExceeded,
            RPCStatus(.deadlineExceeded, "the deadline passed before the answer"))
    }

    /// Ends the call for a reason that is not its handler's, and tells the handler.
    func end(early reason: CancelReason, _ status: RPCStatus) {
        let handler = handler
        let call = ServerCall(self)
        if stream.queuedBytes > 0 {
            // A status behind bytes that nobody reads would never arrive.
            abandon(status.code)
        } else {
            finish(status, Metadata())
        }
        handler?.cancelled(reason, on: call)
    }

    /// Refuses a call that broke a rule: it is counted, answered, and its handler told.
    func reject(_ code: StatusCode, _ message: String) {
        environment.counters.callsRejected.add()
        end(early: .rejected, RPCStatus(code, message))
    }

    private func abandon(_ code: StatusCode) {
        if isOpen { environment.counters.callsFinished.add() }
        record(code)
        phase = .ended
        handler = nil
        stream.reset(.cancel)
    }

    // MARK: The end

    override func streamClosed(_ error: HTTP2ErrorCode) {
        timer.cancel()
        if isOpen {
            environment.counters.callsCancelled.add()
            record(.cancelled)
        }
        if let handler {
            let call = ServerCall(self)
            let wasLost = sessionReference?.borrow { $0.isLost } ?? true
            reset()
            handler.cancelled(wasLost ? .connectionLost : .byPeer, on: call)
        } else {
            reset()
        }
        environment.giveBack(self)
    }

    private func reset() {
        inboxReference?.borrow { $0.reset() }
        phase = .closed
        generation &+= 1
        sessionReference = nil
        if handler != nil { handler = nil }
        methodReference = nil
        deadline = .distantFuture
        fields.removeAll()
        authority.removeAll(keepingBytes: 512)
        authorization.removeAll(keepingBytes: 512)
        if caller != nil { caller = nil }
        request = RequestHead()
        stages = StageTimes()
        messagesReceived = 0
        incompleteBegunAt = nil
        messagesSent = 0
        isCompressing = false
        if status != nil { status = nil }
        if !trailers.isEmpty { trailers = Metadata() }
        hasTrailers = true
    }
}

extension ActiveCall: TimerTarget {
    /// The deadline of a call at work, or the patience with a caller who does not read its answer.
    func timerFired() {
        switch phase {
        case .running, .responding: expire()
        case .ended:
            environment.counters.readersTooSlow.add()
            stream.reset(.cancel)
        case .refused: if let refusal = request.refusal { refuse(refusal) }
        case .opening, .closed: return
        }
    }
}
