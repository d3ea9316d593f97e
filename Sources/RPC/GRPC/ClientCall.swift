// One call on the client: a pure state machine between its HTTP/2 stream and its handler. The
// response's fields come in `ClientCall+Fields`.

internal import Base

/// Hears what becomes of a call, on the loop's thread.
public protocol ClientCallHandler: AnyObject {
    /// The response has begun; `call.receivedMetadata` is its initial metadata. Does not come for an
    /// answer that is nothing but a status.
    func opened(_ call: ClientCall)
    /// A whole message, unpacked; valid during the call.
    func received(_ message: RawSpan, on call: ClientCall)
    /// Less waits to be sent than `canSend` allows.
    func writable(_ call: ClientCall)
    /// The last word, once. `call.receivedMetadata` is the trailing metadata.
    func ended(_ status: RPCStatus, _ call: ClientCall)
}

extension ClientCallHandler {
    public func opened(_ call: ClientCall) {}
    public func writable(_ call: ClientCall) {}
}

/// What a caller asks for besides the message.
public struct CallOptions: Sendable {
    /// From now; nil waits for ever.
    public var deadlineMs: Int?
    public var metadata = Metadata()
    /// Pack the request's messages with gzip.
    public var compresses = false

    public init(
        deadlineMs: Int? = nil, metadata: Metadata = Metadata(), compresses: Bool = false
    ) {
        self.deadlineMs = deadlineMs
        self.metadata = metadata
        self.compresses = compresses
    }
}

/// Confined to the loop of its connection.
public final class ClientCall {
    let stream = HTTP2Stream()
    let options: CallOptions
    let path: String
    private(set) var handler: (any ClientCallHandler)?
    private unowned(unsafe) var session: ClientSession?
    private let codec: MessageCodec
    private lazy var timer = LoopTimer(target: self)
    private(set) lazy var inbox = MessageInbox(
        owner: self, stream: stream, codec: codec, maxMessageBytes: maxMessageBytes)
    private let maxMessageBytes: Int
    private var isSendingEnded = false
    var fields = ReceivedFields()
    var response = ResponseHead()

    init(
        path: String, options: CallOptions, handler: any ClientCallHandler, codec: MessageCodec,
        maxMessageBytes: Int
    ) {
        self.path = path
        self.options = options
        self.handler = handler
        self.codec = codec
        self.maxMessageBytes = maxMessageBytes
    }

    /// Initial metadata while the call runs, trailing metadata when it has ended.
    public var receivedMetadata: Metadata { fields.metadata() }

    public var isActive: Bool { handler != nil }

    public var canSend: Bool { isActive && stream.queuedBytes < ServerLimits.highWaterBytes }

    /// The session has opened the stream.
    func started(_ session: ClientSession, deadline: MonotonicTime) {
        self.session = session
        if deadline != .distantFuture { session.timers.schedule(timer, at: deadline) }
    }

    // MARK: Sending

    /// Queues one message. `compressed: false` sends it plain although the call compresses.
    public func send(_ message: [UInt8], compressed: Bool = true) {
        guard isActive, !isSendingEnded, stream.isOpen else { return }
        message.withUnsafeBytes { bytes in
            if compressed, options.compresses, let packed = codec.pack(bytes) {
                queue(packed, isCompressed: true)
            } else {
                queue(bytes, isCompressed: false)
            }
        }
    }

    private func queue(_ bytes: UnsafeRawBufferPointer, isCompressed: Bool) {
        let whole = MessageDeframer.prefixBytes + bytes.count
        let start = stream.reserve(whole)
        MessageDeframer.writePrefix(start, byteCount: bytes.count, isCompressed: isCompressed)
        if let source = bytes.baseAddress {
            (start + MessageDeframer.prefixBytes)
                .copyMemory(from: source, byteCount: bytes.count)
        }
        stream.commit(whole)
        if stream.queuedBytes >= ServerLimits.highWaterBytes { stream.notifyWhenDrained() }
    }

    /// No more messages: the server's `receivedEnd`.
    public func finishSending() {
        guard isActive, !isSendingEnded else { return }
        isSendingEnded = true
        stream.end()
    }

    /// Ends the call with CANCELLED; the server hears of it.
    public func cancel() { abort(RPCStatus(.cancelled, "the call was cancelled here")) }

    public func pauseReading() { inbox.pause() }
    public func resumeReading() { inbox.resume() }

    // MARK: The end

    /// Ends the call from this side.
    func abort(_ status: RPCStatus) {
        guard isActive else { return }
        stream.reset(.cancel)
        end(status)
    }

    func end(_ status: RPCStatus) {
        guard let handler else { return }
        self.handler = nil
        timer.cancel()
        handler.ended(status, self)
    }
}

/// A call as its stream sees it. Of its own, because a public class has no superclass of ours.
final class ClientCallEnd: HTTP2StreamOwner {
    private let call: ClientCall

    init(_ call: ClientCall) { self.call = call }

    override func headerReceived(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        call.headerReceived(name: name, value: value)
    }
    override func headersEnded(endsStream: Bool) { call.headersEnded(endsStream: endsStream) }
    override func dataReceived(_ bytes: UnsafeRawBufferPointer) { call.inbox.received(bytes) }
    override func endReceived() { call.endReceived() }
    override func outgoingDrained() { call.outgoingDrained() }
    override func streamClosed(_ error: HTTP2ErrorCode) { call.streamClosed(error) }
}

extension ClientCall: MessageInboxOwner, TimerTarget {
    var takesMessages: Bool { isActive }
    var messageEncoding: MessageEncoding? { response.encoding }

    func timerFired() { abort(RPCStatus(.deadlineExceeded, "the deadline passed")) }

    func endReceived() {
        if isActive { inbox.ended() }
    }

    func inboxReceived(_ message: UnsafeRawBufferPointer) {
        handler?.received(message.bytes, on: self)
    }

    func inboxEnded(isMidMessage: Bool) {
        guard isActive else { return }
        // The server has said all it will; the rest of the request is not wanted.
        if !isSendingEnded { stream.reset(.cancel) }
        end(isMidMessage ? RPCStatus(.internal, "the answer ended inside a message") : finalStatus)
    }

    func inboxRefused(_ fault: MessageFault, _ status: RPCStatus) { abort(status) }

    /// A client trusts its server with the memory of its own calls; each message is bounded.
    func inboxGathered(_ change: Int) -> Bool { true }

    func outgoingDrained() {
        if isActive { handler?.writable(self) }
    }

    func streamClosed(_ error: HTTP2ErrorCode) {
        let isLost = session?.isLost ?? true
        session = nil
        // The answer is complete, but its reader has paused: the rest is delivered when it resumes.
        if inbox.isEndHeld { return }
        if response.hasStatus {
            end(finalStatus)
        } else if isLost {
            end(RPCStatus(.unavailable, "the connection was lost"))
        } else {
            end(RPCStatus.from(reset: error))
        }
    }
}
