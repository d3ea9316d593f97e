// One HTTP/2 stream as the layer above sees it: events arrive through `HTTP2StreamOwner`, bytes leave
// through `write`. The bytes wait here until flow control and the socket take them, so what is
// unsent is counted in one place.

internal import CNGHTTP2

/// Confined to its session's thread. Reused for many streams: `session` is nil between them.
final class HTTP2Stream {
    /// Below this many waiting bytes a writer that was told to stop is woken.
    static let lowWaterBytes = 32 * 1024
    private static let keptBytes = 32 * 1024

    private(set) var id: Int32 = 0
    /// Alive while the stream is open: its owner closes every stream before it goes.
    private var sessionReference: Unmanaged<HTTP2Session>?
    /// Retained while the stream is open, and this stream with it, whose owner has it.
    private var ownerReference: Unmanaged<HTTP2StreamOwner>?
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

    var isOpen: Bool { sessionReference != nil }
    var owner: HTTP2StreamOwner? { ownerReference?.takeUnretainedValue() }
    var queuedBytes: Int { outgoing.count }

    func open(id: Int32, session: HTTP2Session, owner: HTTP2StreamOwner) {
        self.id = id
        sessionReference = Unmanaged.passUnretained(session)
        ownerReference = Unmanaged.passRetained(owner)
        isEndQueued = false
        isDeferred = false
        isDrainAwaited = false
        isRemoteEnded = false
        unconsumedBytes = 0
    }

    /// Called by the session when the stream is gone.
    func close(_ error: HTTP2ErrorCode) {
        withSession { session in
            session.queuedBytes -= outgoing.count
            // The stream's window has gone with it; the connection's must open for what it held.
            if unconsumedBytes > 0 { session.consumeConnection(unconsumedBytes) }
        }
        outgoing.removeAll(keepingBytes: Self.keptBytes)
        sessionReference = nil
        guard let owner = ownerReference else { return }
        ownerReference = nil
        owner.borrow { $0.streamClosed(error) }
        owner.release()
    }

    @inline(__always)
    private func withSession(_ body: (HTTP2Session) -> Void) { sessionReference?.borrow(body) }

    /// The owner cannot go while it is being told something: an open stream retains it, and what
    /// closes a stream is never called from within the owner.
    @inline(__always)
    func withOwner(_ body: (HTTP2StreamOwner) -> Void) { ownerReference?.borrow(body) }

    func received(_ bytes: UnsafeRawBufferPointer) {
        unconsumedBytes += bytes.count
        withOwner { $0.dataReceived(bytes) }
    }

    func remoteEnded() {
        isRemoteEnded = true
        withOwner { $0.endReceived() }
    }

    // MARK: Sending

    /// Makes room for `byteCount` more bytes of body; `commit` queues them.
    @inline(__always)
    func reserve(_ byteCount: Int) -> UnsafeMutableRawPointer { outgoing.reserve(byteCount) }

    @inline(__always)
    func commit(_ byteCount: Int) {
        outgoing.commit(byteCount)
        withSession { $0.queuedBytes += byteCount }
        resume()
    }

    func write(_ bytes: UnsafeRawBufferPointer) {
        outgoing.append(bytes)
        withSession { $0.queuedBytes += bytes.count }
        resume()
    }

    /// Ends this side after what is queued; the owner is asked for trailers at that point.
    func end() {
        isEndQueued = true
        resume()
    }

    /// The owner wants `outgoingDrained` once less than `lowWaterBytes` wait.
    func notifyWhenDrained() { isDrainAwaited = true }

    func reset(_ error: HTTP2ErrorCode) { withSession { $0.reset(self, error) } }

    /// The owner has used up bytes it was given: both windows may open again.
    /// Nothing happens for a stream that is closed: its bytes were consumed with it.
    func consume(_ byteCount: Int) {
        guard isOpen, byteCount > 0 else { return }
        unconsumedBytes -= byteCount
        withSession { $0.consume(self, byteCount) }
    }

    /// Sends the response's opening HEADERS.
    /// - Returns: false when that cannot be.
    func respond(endsStream: Bool, _ fill: (inout HeaderBlock) -> Void) -> Bool {
        var isSent = false
        sessionReference?.borrow { session in
            isSent = session.respond(self, endsStream: endsStream, fill)
        }
        return isSent
    }

    private func resume() {
        withSession { session in
            if isDeferred {
                isDeferred = false
                session.resume(self)
            } else {
                session.noteWork()
            }
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
            withSession { session in
                if session.submitTrailers(self) {
                    flags.pointee |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
                }
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
        withSession { session in
            session.queuedBytes -= length
            session.hasSentContent = true
            if isDrainAwaited && outgoing.count < Self.lowWaterBytes {
                isDrainAwaited = false
                session.noteDrained(self)
            }
        }
    }
}

/// Length of a frame's fixed head (RFC 9113, section 4.1).
let frameHeaderBytes = 9
