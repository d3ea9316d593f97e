// One end of an HTTP/2 connection without its socket: bytes in by `receive`, events out to the
// delegate and the streams' owners, bytes out by `produce`. The frames, HPACK and the protocol's
// state are nghttp2's; this class owns its object, its streams and the order of calls into it.

internal import CNGHTTP2

/// Hears what concerns the connection as a whole.
protocol HTTP2SessionDelegate: AnyObject {
    /// A peer opens a stream: the call that will own it, opened with `HTTP2Session.adopt`.
    /// Nil refuses the stream.
    func streamOffered(id: Int32) -> HTTP2Stream?
    /// There is something to `produce` that was not caused by `receive`.
    func sessionWantsWrite()
    func settingsReceived()
    func pingReceived()
    func pingAcknowledged(_ opaque: UInt64)
    func goAwayReceived(lastStreamID: Int32, error: HTTP2ErrorCode)
    /// - Parameter stream: whose; nil when it has ended on this side.
    func resetReceived(_ stream: HTTP2Stream?)
    /// RST_STREAM was written, by whatever cause.
    func resetSent(_ error: HTTP2ErrorCode)
    /// SETTINGS, PRIORITY, or DATA without data came: work for nothing, if there are many.
    func idleFrameReceived()
    /// A header block came in too many pieces.
    func continuationsExceeded()
}

/// Confined to one thread; never reentered from its own callbacks but for the submit functions.
final class HTTP2Session {
    let role: HTTP2Role
    let handle: OpaquePointer
    unowned(unsafe) let delegate: any HTTP2SessionDelegate
    /// Body bytes of all streams that wait to be sent.
    var queuedBytes = 0
    /// Streams that are open, in no order; a stream knows its place, and retains its owner, which
    /// has it.
    private var open: [Unmanaged<HTTP2Stream>] = []
    /// The stream whose header block is arriving: blocks are never interleaved.
    var headerStream: Unmanaged<HTTP2Stream>?
    /// Where `produce` puts what the library writes; nil outside it.
    var output: UnsafeMutablePointer<ByteQueue>?
    private var drained: [HTTP2Stream] = []
    /// Reused by every frame with fields.
    var block = HeaderBlock()
    private var isReceiving = false
    private(set) var frames: FrameGuard
    private var windows = WindowBounds()
    /// The peer has been told why the connection ends; nothing it sends matters any more.
    private(set) var isCondemned = false
    /// GOAWAY with an error has been written.
    private(set) var isFaultAnnounced = false
    /// HEADERS or DATA left since `takeContentSent`.
    var hasSentContent = false

    init(role: HTTP2Role, settings: HTTP2Settings, delegate: any HTTP2SessionDelegate)
        throws(HTTP2Failure)
    {
        self.role = role
        self.delegate = delegate
        frames = FrameGuard(maxContinuations: settings.maxContinuations)
        let options = try settings.makeOptions()
        defer { nghttp2_option_del(options) }
        let callbacks = try HTTP2Callbacks.make()
        defer { nghttp2_session_callbacks_del(callbacks) }
        var session: OpaquePointer?
        let code =
            role == .server
            ? nghttp2_session_server_new2(&session, callbacks, nil, options)
            : nghttp2_session_client_new2(&session, callbacks, nil, options)
        guard code == 0, let session else {
            throw HTTP2Failure("nghttp2_session_new", code: code)
        }
        self.handle = session
        // The library hands this back to every callback.
        nghttp2_session_set_user_data(session, Unmanaged.passUnretained(self).toOpaque())
        try settings.submit(to: session, role: role)
    }

    deinit { nghttp2_session_del(handle) }

    // MARK: Bytes

    /// Feeds what arrived. Events are delivered before it returns.
    func receive(_ bytes: UnsafeRawBufferPointer) throws(HTTP2Failure) {
        if role == .client { return try feed(bytes) }
        let (passed, fault) = frames.check(bytes)
        try feed(UnsafeRawBufferPointer(rebasing: bytes[..<passed]))
        if let fault { refuse(fault) }
    }

    private func refuse(_ fault: FrameGuard.Fault) {
        switch fault {
        case .protocolError: terminate(.protocolError)
        case .streamClosed: terminate(.streamClosed)
        case .frameSize: terminate(.frameSizeError)
        case .tooManyContinuations: delegate.continuationsExceeded()
        }
    }

    private func feed(_ bytes: UnsafeRawBufferPointer) throws(HTTP2Failure) {
        isReceiving = true
        let used = nghttp2_session_mem_recv(
            handle, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
        isReceiving = false
        if isCondemned { return }
        try HTTP2Failure.check(Int32(truncatingIfNeeded: used), "nghttp2_session_mem_recv")
    }

    /// Appends frames to `queue` until it holds `limitBytes` or nothing is left to write.
    func produce(into queue: inout ByteQueue, limitBytes: Int) throws(HTTP2Failure) {
        var code = 0
        withUnsafeMutablePointer(to: &queue) { queue in
            output = queue
            while queue.pointee.count < limitBytes {
                var data: UnsafePointer<UInt8>?
                code = nghttp2_session_mem_send(handle, &data)
                if code <= 0 { break }
                queue.pointee.append(UnsafeRawBufferPointer(start: data, count: code))
            }
            output = nil
        }
        try HTTP2Failure.check(Int32(truncatingIfNeeded: code), "nghttp2_session_mem_send")
        if !drained.isEmpty { tellDrained() }
    }

    var wantsRead: Bool { nghttp2_session_want_read(handle) != 0 }
    var wantsWrite: Bool { nghttp2_session_want_write(handle) != 0 }
    /// Neither side has anything left to say: the socket may be closed.
    var isFinished: Bool { isCondemned ? isFaultAnnounced : !wantsRead && !wantsWrite }

    /// Tells the delegate to come and `produce`, unless it will anyway.
    @inline(__always)
    func noteWork() {
        if !isReceiving && output == nil { delegate.sessionWantsWrite() }
    }

    /// Ends the connection with GOAWAY and a word for people who debug their client.
    func condemn(_ error: HTTP2ErrorCode, _ reason: StaticString) {
        if isCondemned { return }
        isCondemned = true
        // Fails only out of memory; the connection then ends by its timers.
        _ = nghttp2_submit_goaway(
            handle, UInt8(NGHTTP2_FLAG_NONE.rawValue),
            nghttp2_session_get_last_proc_stream_id(handle), error.rawValue, reason.utf8Start,
            reason.utf8CodeUnitCount)
        noteWork()
    }

    /// Before the library applies SETTINGS.
    func noteWindows() {
        windows = WindowBounds()
        windows.initial = Int(
            nghttp2_session_get_remote_settings(handle, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE))
        for stream in streams {
            let window = Int(nghttp2_session_get_stream_remote_window_size(handle, stream.id))
            windows.largest = max(windows.largest, window)
        }
    }

    /// SETTINGS that make a window too large are the connection's error (RFC 9113, section 6.9.2);
    /// the library resets the stream only.
    func checkWindows(initial: Int) {
        if windows.largest + initial - windows.initial > Int(Int32.max) {
            terminate(.flowControlError)
        }
    }

    func noteFaultAnnounced() { isFaultAnnounced = true }

    /// Whether HEADERS or DATA left since it was asked last.
    func takeContentSent() -> Bool {
        defer { hasSentContent = false }
        return hasSentContent
    }

    func noteDrained(_ stream: HTTP2Stream) { drained.append(stream) }

    /// After the library has returned, so that a writer that is woken may do anything.
    private func tellDrained() {
        let woken = drained
        drained.removeAll(keepingCapacity: true)
        for stream in woken { stream.withOwner { $0.outgoingDrained() } }
        if wantsWrite { delegate.sessionWantsWrite() }
    }

    // MARK: Streams

    /// Makes `stream` the one with this id. Called by the delegate from `streamOffered`, and by
    /// `request`.
    func adopt(_ stream: HTTP2Stream, id: Int32, owner: HTTP2StreamOwner) {
        stream.open(id: id, session: self, owner: owner)
        stream.slot = open.count
        open.append(Unmanaged.passUnretained(stream))
        nghttp2_session_set_stream_user_data(
            handle, id, Unmanaged.passUnretained(stream).toOpaque())
    }

    /// The library closed a stream.
    func closed(_ stream: HTTP2Stream, _ error: HTTP2ErrorCode) {
        remove(stream)
        stream.close(error)
    }

    /// The connection is gone: every stream ends with `error`.
    func closeAll(_ error: HTTP2ErrorCode) {
        headerStream = nil
        drained.removeAll()
        while let stream = open.last?.takeUnretainedValue() {
            nghttp2_session_set_stream_user_data(handle, stream.id, nil)
            closed(stream, error)
        }
    }

    private func remove(_ stream: HTTP2Stream) {
        let reference = Unmanaged.passUnretained(stream)
        if headerStream?.toOpaque() == reference.toOpaque() { headerStream = nil }
        let last = open.removeLast()
        if last.toOpaque() != reference.toOpaque() {
            open[stream.slot] = last
            last.borrow { $0.slot = stream.slot }
        }
    }

    var openStreams: Int { open.count }

    /// The streams that are open now.
    var streams: [HTTP2Stream] { open.map { $0.takeUnretainedValue() } }

    @inline(__always)
    func stream(_ id: Int32) -> Unmanaged<HTTP2Stream>? {
        nghttp2_session_get_stream_user_data(handle, id).map { Unmanaged.fromOpaque($0) }
    }
}

/// The windows as they were before SETTINGS changed them.
private struct WindowBounds {
    /// SETTINGS_INITIAL_WINDOW_SIZE.
    var initial = 0
    /// Of the open streams' windows.
    var largest = 0
}
