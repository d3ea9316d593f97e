/// What a stream belongs to: a call. Every event comes on the thread that feeds the session. A class
/// and no protocol, so that it can be called through `Unmanaged`.
class HTTP2StreamOwner {
    /// One field of the block being received. The bytes are valid during the call.
    func headerReceived(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {}
    /// A block is complete: request, response (or an interim one), or trailers.
    func headersEnded(endsStream: Bool) {}
    /// Body bytes, valid during the call. The owner consumes them, now or later, by
    /// `HTTP2Stream.consume`; until then the peer's window stays smaller.
    func dataReceived(_ bytes: UnsafeRawBufferPointer) {}
    /// The peer will send no more.
    func endReceived() {}
    /// What waited has fallen below the low-water mark after `notifyWhenDrained` was asked for.
    func outgoingDrained() {}
    /// The body is written; add the trailing fields. Return false to end without trailers.
    func appendTrailers(to block: inout HeaderBlock) -> Bool { false }
    /// The stream is gone, by its natural end (`noError`) or by a reset. Nothing follows.
    func streamClosed(_ error: HTTP2ErrorCode) {}
}
