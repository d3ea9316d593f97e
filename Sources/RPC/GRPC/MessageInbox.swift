// Messages in, for either end of a call: body bytes go through the deframer and, when packed, the
// codec, to the owner, which may pause. While it does, bytes are held and the peer's window stays
// shut, so that what is held is bounded by the window.

internal import Base

/// What an inbox asks of, and tells, its call.
protocol MessageInboxOwner: AnyObject {
    /// False once the call has ended: what still comes is dropped.
    var takesMessages: Bool { get }
    /// How compressed messages are packed; nil when the peer never said.
    var messageEncoding: MessageEncoding? { get }
    /// Valid during the call.
    func inboxReceived(_ message: UnsafeRawBufferPointer)
    /// The peer ended; `isMidMessage` when it should not have yet.
    func inboxEnded(isMidMessage: Bool)
    func inboxRefused(_ fault: MessageFault, _ status: RPCStatus)
    /// Bytes held for incomplete messages grew or shrank. Returns whether that is within bounds.
    func inboxGathered(_ change: Int) -> Bool
}

/// What is wrong with what came, for those who count.
enum MessageFault { case tooLarge, bomb, gatheredTooMuch, malformed }

/// Part of a call and reused with it. Confined to the call's thread.
final class MessageInbox<Owner: MessageInboxOwner> {
    /// Has this inbox.
    private let ownerReference: Unmanaged<Owner>
    private let stream: HTTP2Stream
    private let codec: MessageCodec
    private var deframer: MessageDeframer
    private var held = ByteQueue()
    private var unpacked = ByteQueue()
    private(set) var isPaused = false
    /// How the message that was delivered last came.
    private(set) var isMessagePacked = false
    private var isDelivering = false
    /// The peer has ended, behind bytes that are held.
    private(set) var isEndHeld = false

    private static var keptBytes: Int { 4 * 1024 }

    @inline(__always)
    private func withOwner<Result>(_ body: (Owner) -> Result) -> Result {
        ownerReference.borrow(body)
    }

    @inline(__always)
    private var takesMessages: Bool { withOwner { $0.takesMessages } }

    init(
        owner: Owner, stream: HTTP2Stream, codec: MessageCodec,
        maxMessageBytes: Int
    ) {
        ownerReference = Unmanaged.passUnretained(owner)
        self.stream = stream
        self.codec = codec
        deframer = MessageDeframer(maxMessageBytes: maxMessageBytes)
    }

    func reset() {
        if deframer.gatheredBytes > 0 {
            _ = withOwner { $0.inboxGathered(-deframer.gatheredBytes) }
        }
        deframer.reset()
        held.removeAll(keepingBytes: 0)
        unpacked.removeAll(keepingBytes: Self.keptBytes)
        isPaused = false
        isEndHeld = false
    }

    func received(_ bytes: UnsafeRawBufferPointer) {
        guard takesMessages else {
            stream.consume(bytes.count)
            return
        }
        if isPaused || !held.isEmpty {
            held.append(bytes)
            return
        }
        var rest = bytes
        deliver(&rest)
        stream.consume(bytes.count - rest.count)
        if !rest.isEmpty { held.append(rest) }
    }

    func ended() {
        if held.isEmpty {
            withOwner { $0.inboxEnded(isMidMessage: deframer.isMidMessage) }
        } else {
            isEndHeld = true
        }
    }

    func pause() { isPaused = true }

    func resume() {
        guard isPaused else { return }
        isPaused = false
        // From inside `inboxReceived` the loop below it goes on by itself.
        if !isDelivering { deliverHeld() }
    }

    private func deliverHeld() {
        while !held.isEmpty && !isPaused {
            var rest = held.readable
            let before = rest.count
            deliver(&rest)
            let used = before - rest.count
            held.consume(used)
            stream.consume(used)
        }
        if held.isEmpty && isEndHeld {
            isEndHeld = false
            withOwner { $0.inboxEnded(isMidMessage: deframer.isMidMessage) }
        }
    }

    /// Hands on whole messages until the bytes are used up or the owner pauses or ends.
    private func deliver(_ bytes: inout UnsafeRawBufferPointer) {
        isDelivering = true
        while !isPaused && takesMessages {
            let gathered = deframer.gatheredBytes
            let outcome = deframer.next(&bytes)
            let change = deframer.gatheredBytes - gathered
            if change != 0, !withOwner({ $0.inboxGathered(change) }) {
                refuse(
                    .gatheredTooMuch,
                    RPCStatus(
                        .resourceExhausted, "too many incomplete messages on this connection"))
                break
            }
            if case .needsMore = outcome { break }
            handle(outcome)
        }
        isDelivering = false
        // What comes after the end of a call interests nobody.
        if !takesMessages { bytes = UnsafeRawBufferPointer(start: nil, count: 0) }
    }

    private func handle(_ outcome: MessageDeframer.Outcome) {
        switch outcome {
        case .needsMore: return
        case .message(isCompressed: let isPacked, let message):
            isMessagePacked = isPacked
            if isPacked { unpack(message) } else { withOwner { $0.inboxReceived(message) } }
        case .tooLarge(let announced):
            refuse(
                .tooLarge,
                RPCStatus(
                    .resourceExhausted,
                    "a message of \(announced) bytes is larger than the limit of "
                        + "\(deframer.maxMessageBytes)"))
        case .badFlags(let flags):
            refuse(
                .malformed, RPCStatus(.internal, "a message has unknown flags \(flags)"))
        }
    }

    private func refuse(_ fault: MessageFault, _ status: RPCStatus) {
        withOwner { $0.inboxRefused(fault, status) }
    }

    private func unpack(_ packed: UnsafeRawBufferPointer) {
        guard let encoding = withOwner({ $0.messageEncoding }), encoding != .identity else {
            refuse(
                .malformed,
                RPCStatus(.internal, "a message is compressed but grpc-encoding does not say how"))
            return
        }
        let limit = deframer.maxMessageBytes
        switch codec.unpack(packed, into: &unpacked, maxBytes: limit) {
        case .whole: withOwner { $0.inboxReceived(unpacked.readable) }
        case .tooLarge:
            refuse(
                .bomb,
                RPCStatus(
                    .resourceExhausted,
                    "a message unpacks to more than the limit of \(limit) bytes"))
        case .damaged:
            refuse(
                .malformed, RPCStatus(.internal, "a compressed message is damaged"))
        }
    }
}
