// One HTTP/2 stream as the layer above sees it: events arrive through `HTTP2StreamOwner`, bytes leave
// through `write`. The bytes wait here until flow control and the socket take them, so what is
// unsent is counted in one place.

internal import CNGHTTP2

/// What a stream belongs to: a call. Every event comes on the thread that feeds the session.
protocol HTTP2StreamOwner: AnyObject {
    /// One field of the block being received. The bytes are valid during the call.
    func headerReceived(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)
    /// A block is complete: request, response (or an interim one), or trailers.
    func headersEnded(endsStream: Bool)
    /// Body bytes, valid during the call. The owner consumes them, now or later, by
    /// `HTTP2Stream.consume`; until then the peer's window stays smaller.
    func dataReceived(_ bytes: UnsafeRawBufferPointer)
    /// The peer will send no more.
    func endReceived()
    /// What waited has fallen below the low-water mark after `notifyWhenDrained` was asked for.
    func outgoingDrained()
    /// The body is written; add the trailing fields. Return false to end without trailers.
    func appendTrailers(to block: inout HeaderBlock) -> Bool
    /// The stream is gone, by its natural end (`noError`) or by a reset. Nothing follows.
    func streamClosed(_ error: HTTP2ErrorCode)
}

/// Confined to its session's thread. Reused for many streams: `session` is nil between them.
final class HTTP2Stream {
    /// Below this many waiting bytes a writer that was told to stop is woken.
    static let lowWaterBytes = 32 * 1024
    private static let keptBytes = 32 * 1024

    private(set) var id: Int32 = 0
    unowned(unsafe) private(set) var session: HTTP2Session?
    /// Nil once the stream is closed, which breaks the cycle between a call and its stream.
    fileprivate(set) var owner: (any HTTP2StreamOwner)?
    /// Position in the session's list of open streams.
    var slot = 0
    var outgoing = ByteQueue()
    private(set) var isEndQueued = false
    /// The library asked for bytes when there were none and waits to be resumed.
    private var isDeferred = false
    private var isDrainAwaited = false
    /// The peer has ended its side.
    private(set) var isRemoteEnded = false
    /// Body bytes given to the owner and not consumed yet.
    private var unconsumedBytes = 0

    var isOpen: Bool { session != nil }
    var queuedBytes: Int { outgoing.count }

    func open(id: Int32, session: HTTP2Session, owner: any HTTP2StreamOwner) {
        self.id = id
        self.session = session
        self.owner = owner
        isEndQueued = false
        isDeferred = false
        isDrainAwaited = false
        isRemoteEnded = false
        unconsumedBytes = 0
    }

    /// Called by the session when the stream is gone.
    func close(_ error: HTTP2ErrorCode) {
        session?.queuedBytes -= outgoing.count
        // The stream's window has gone with it; the connection's must open for what it held.
        if unconsumedBytes > 0 { session?.consumeConnection(unconsumedBytes) }
        outgoing.removeAll(keepingBytes: Self.keptBytes)
        session = nil
        let owner = owner
        self.owner = nil
        owner?.streamClosed(error)
    }

    func received(_ bytes: UnsafeRawBufferPointer) {
        unconsumedBytes += bytes.count
        owner?.dataReceived(bytes)
    }

    func remoteEnded() {
        isRemoteEnded = true
        owner?.endReceived()
    }

    // MARK: Sending

    /// Makes room for `byteCount` more bytes of body; `commit` queues them.
    @inline(__always)
    func reserve(_ byteCount: Int) -> UnsafeMutableRawPointer { outgoing.reserve(byteCount) }

    @inline(__always)
    func commit(_ byteCount: Int) {
        outgoing.commit(byteCount)
        session?.queuedBytes += byteCount
        resume()
    }

    func write(_ bytes: UnsafeRawBufferPointer) {
        outgoing.append(bytes)
        session?.queuedBytes += bytes.count
        resume()
    }

    /// Ends this side after what is queued; the owner is asked for trailers at that point.
    func end() {
        isEndQueued = true
        resume()
    }

    /// The owner wants `outgoingDrained` once less than `lowWaterBytes` wait.
    func notifyWhenDrained() { isDrainAwaited = true }

    func reset(_ error: HTTP2ErrorCode) { session?.reset(self, error) }

    /// The owner has used up bytes it was given: both windows may open again.
    /// Nothing happens for a stream that is closed: its bytes were consumed with it.
    func consume(_ byteCount: Int) {
        guard let session, byteCount > 0 else { return }
        unconsumedBytes -= byteCount
        session.consume(self, byteCount)
    }

    private func resume() {
        guard let session else { return }
        if isDeferred {
            isDeferred = false
            session.resume(self)
        } else {
            session.noteWork()
        }
    }

    // MARK: The library's side

    /// The library wants up to `length` bytes of body; they leave in `sendBody`.
    func provideBody(_ length: Int, _ flags: UnsafeMutablePointer<UInt32>) -> Int {
        let waiting = outgoing.count
        if waiting == 0 && !isEndQueued {
            isDeferred = true
            return Int(NGHTTP2_ERR_DEFERRED.rawValue)
        }
        let taken = min(length, waiting)
        flags.pointee |= NGHTTP2_DATA_FLAG_NO_COPY.rawValue
        if taken == waiting && isEndQueued {
            flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
            if let session, session.submitTrailers(self) {
                flags.pointee |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
            }
        }
        return taken
    }

    /// Moves one DATA frame to `output`.
    func sendBody(
        header: UnsafePointer<UInt8>, length: Int, into output: UnsafeMutablePointer<ByteQueue>
    ) {
        let frame = output.pointee.reserve(frameHeaderBytes + length)
        frame.copyMemory(from: header, byteCount: frameHeaderBytes)
        if length > 0, let body = outgoing.readable.baseAddress {
            (frame + frameHeaderBytes).copyMemory(from: body, byteCount: length)
            outgoing.consume(length)
        }
        output.pointee.commit(frameHeaderBytes + length)
        guard let session else { return }
        session.queuedBytes -= length
        session.hasSentContent = true
        if isDrainAwaited && outgoing.count < Self.lowWaterBytes {
            isDrainAwaited = false
            session.noteDrained(self)
        }
    }
}

/// Length of a frame's fixed head (RFC 9113, section 4.1).
let frameHeaderBytes = 9
