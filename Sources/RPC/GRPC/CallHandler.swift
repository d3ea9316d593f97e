/// One RPC's code: one final class per RPC. Every call of a method comes on the loop's thread, in the
/// order below, none after `cancelled` and none after the handler finished or failed its call.
///
/// A handler that keeps nothing between these calls may serve many calls at once: each names its
/// call. One that does keeps the call it was made for.
public protocol CallHandler: AnyObject {
    /// A whole message, unpacked. Valid during the call only: decode or copy. Exactly one comes for
    /// unary and server-streaming methods.
    func received(_ message: RawSpan, on call: ServerCall)
    /// The caller will send no more.
    func receivedEnd(on call: ServerCall)
    /// Nobody waits for an answer any more. Stop the work; sends are ignored from here on.
    func cancelled(_ reason: CancelReason, on call: ServerCall)
    /// What was sent has left; `canSend` was false and is true again.
    func writable(on call: ServerCall)
}

extension CallHandler {
    public func receivedEnd(on call: ServerCall) {}
    public func cancelled(_ reason: CancelReason, on call: ServerCall) {}
    public func writable(on call: ServerCall) {}
}

/// Why a call ended before its handler ended it.
public enum CancelReason: Sendable, Equatable {
    /// The caller reset the stream.
    case byPeer
    case connectionLost
    /// The caller has been answered DEADLINE_EXCEEDED.
    case deadlineExceeded
    /// The drain's deadline passed; the caller has been answered UNAVAILABLE.
    case shutdown
    /// The caller broke the protocol or a limit and has been answered so.
    case rejected
}

/// How many messages each side of a method sends.
public enum MethodKind: Sendable {
    case unary, clientStreaming, serverStreaming, bidirectional

    var takesOneRequest: Bool { self == .unary || self == .serverStreaming }
    var givesOneReply: Bool { self == .unary || self == .clientStreaming }
}
