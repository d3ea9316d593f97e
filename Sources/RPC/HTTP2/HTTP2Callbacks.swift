// The library's callbacks: each finds its session and stream and calls one method. No error may be
// thrown across C, so there is none to throw; a refusal is a return code.

internal import CNGHTTP2

enum HTTP2Callbacks {
    static func make() throws(HTTP2Failure) -> OpaquePointer {
        var callbacks: OpaquePointer?
        try HTTP2Failure.check(
            nghttp2_session_callbacks_new(&callbacks), "nghttp2_session_callbacks_new")
        guard let callbacks else { throw HTTP2Failure("nghttp2_session_callbacks_new", code: 0) }
        nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, beginFrame)
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, beginHeaders)
        nghttp2_session_callbacks_set_on_header_callback(callbacks, header)
        nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, invalidHeader)
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, data)
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frame)
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, frameSent)
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, streamClose)
        nghttp2_session_callbacks_set_send_data_callback(callbacks, sendBody)
        return callbacks
    }

    static let provideBody: nghttp2_data_source_read_callback = {
        _, _, _, length, flags, source, _ in
        guard let flags, let stream = source?.pointee.ptr else {
            return Int(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)
        }
        return Unmanaged<HTTP2Stream>.fromOpaque(stream).borrow { $0.provideBody(length, flags) }
    }

    private static let sendBody: nghttp2_send_data_callback = {
        _, _, header, length, source, context in
        guard let header, let pointer = source?.pointee.ptr,
            let output = with(context, { $0.output })
        else { return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue }
        Unmanaged<HTTP2Stream>.fromOpaque(pointer).borrow { stream in
            stream.sendBody(header: header, length: length, into: output)
        }
        return 0
    }

    private static let beginFrame: nghttp2_on_begin_frame_callback = { _, head, context in
        guard let head else { return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue }
        if head.pointee.type == UInt8(NGHTTP2_SETTINGS.rawValue) {
            with(context) { $0.noteWindows() }
        }
        return 0
    }

    private static let beginHeaders: nghttp2_on_begin_headers_callback = { _, frame, context in
        guard let frame else { return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue }
        return with(context) { session in
            let id = frame.pointee.hd.stream_id
            let known = session.role == .client || !isRequest(frame)
            session.headerStream =
                known
                ? session.stream(id)
                : session.delegate.streamOffered(id: id).map { Unmanaged.passUnretained($0) }
            return known || session.headerStream != nil
                ? 0 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
        }
    }

    private static let header: nghttp2_on_header_callback = {
        _, _, name, nameLength, value, valueLength, _, context in
        with(context) { session in
            session.headerStream?.borrow { stream in
                stream.withOwner { owner in
                    owner.headerReceived(
                        name: UnsafeRawBufferPointer(start: name, count: nameLength),
                        value: UnsafeRawBufferPointer(start: value, count: valueLength))
                }
            }
        }
        return 0
    }

    /// A field with bytes that HTTP forbids makes the message malformed (RFC 9113, section 8.1.1);
    /// left alone, the library would only drop the field.
    private static let invalidHeader: nghttp2_on_invalid_header_callback = {
        session, frame, _, _, _, _, _, _ in
        guard let session, let frame else { return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue }
        return nghttp2_submit_rst_stream(
            session, UInt8(NGHTTP2_FLAG_NONE.rawValue), frame.pointee.hd.stream_id,
            NGHTTP2_PROTOCOL_ERROR.rawValue)
    }

    private static let data: nghttp2_on_data_chunk_recv_callback = {
        _, _, id, bytes, length, context in
        with(context) { session in
            if let stream = session.stream(id) {
                stream.borrow { $0.received(UnsafeRawBufferPointer(start: bytes, count: length)) }
            } else {
                session.consumeConnection(length)
            }
        }
        return 0
    }

    private static let frame: nghttp2_on_frame_recv_callback = { _, frame, context in
        guard let frame else { return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue }
        return with(context) { session in
            session.frameReceived(frame)
            // What a condemned peer has sent besides is not worth the work.
            return session.isCondemned ? NGHTTP2_ERR_CALLBACK_FAILURE.rawValue : 0
        }
    }

    private static let frameSent: nghttp2_on_frame_send_callback = { _, frame, context in
        guard let frame else { return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue }
        with(context) { $0.frameSent(frame) }
        return 0
    }

    private static let streamClose: nghttp2_on_stream_close_callback = { _, id, code, context in
        with(context) { session in
            guard let stream = session.stream(id) else { return }
            // Its owner, and the stream with it, may be gone when `closed` returns.
            stream.borrow { session.closed($0, HTTP2ErrorCode(rawValue: code)) }
        }
        return 0
    }

    private static func isRequest(_ frame: UnsafePointer<nghttp2_frame>) -> Bool {
        frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST
    }

    /// The session behind a callback: alive, since it is what called the library.
    @inline(__always)
    private static func with<Result>(
        _ context: UnsafeMutableRawPointer?, _ body: (HTTP2Session) -> Result
    ) -> Result {
        Unmanaged<HTTP2Session>.fromOpaque(context.unsafelyUnwrapped).borrow(body)
    }
}

extension HTTP2Session {
    fileprivate func frameReceived(_ frame: UnsafePointer<nghttp2_frame>) {
        let head = frame.pointee.hd
        switch UInt32(head.type) {
        case NGHTTP2_DATA.rawValue:
            if ends(head) {
                stream(head.stream_id)?.borrow { $0.remoteEnded() }
            } else if head.length == 0 {
                delegate.idleFrameReceived()
            }
        case NGHTTP2_PRIORITY.rawValue:
            delegate.idleFrameReceived()
        case NGHTTP2_HEADERS.rawValue:
            headerStream = nil
            stream(head.stream_id)?.borrow { stream in
                stream.withOwner { $0.headersEnded(endsStream: ends(head)) }
                if ends(head) { stream.remoteEnded() }
            }
        case NGHTTP2_RST_STREAM.rawValue:
            delegate.resetReceived(stream(head.stream_id)?.takeUnretainedValue())
        case NGHTTP2_SETTINGS.rawValue:
            if head.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) == 0 {
                settingsReceived(frame.pointee.settings)
            }
            delegate.idleFrameReceived()
        case NGHTTP2_PING.rawValue:
            pingReceived(frame.pointee.ping)
        case NGHTTP2_GOAWAY.rawValue:
            let away = frame.pointee.goaway
            delegate.goAwayReceived(
                lastStreamID: away.last_stream_id,
                error: HTTP2ErrorCode(rawValue: away.error_code))
        default:
            return
        }
    }

    fileprivate func frameSent(_ frame: UnsafePointer<nghttp2_frame>) {
        let head = frame.pointee.hd
        switch UInt32(head.type) {
        case NGHTTP2_HEADERS.rawValue:
            hasSentContent = true
            // An answer that is complete before its request is: the rest of the request is not
            // wanted (RFC 9113, section 8.1).
            if role == .server, ends(head) {
                stream(head.stream_id)?.borrow { if !$0.isRemoteEnded { reset($0, .noError) } }
            }
        case NGHTTP2_RST_STREAM.rawValue:
            delegate.resetSent(HTTP2ErrorCode(rawValue: frame.pointee.rst_stream.error_code))
        case NGHTTP2_GOAWAY.rawValue:
            if frame.pointee.goaway.error_code != 0 { noteFaultAnnounced() }
        default:
            return
        }
    }

    private func ends(_ head: nghttp2_frame_hd) -> Bool {
        head.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
    }

    private func settingsReceived(_ settings: nghttp2_settings) {
        for entry in UnsafeBufferPointer(start: settings.iv, count: settings.niv)
        where entry.settings_id == Int32(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue) {
            checkWindows(initial: Int(entry.value))
        }
        delegate.settingsReceived()
    }

    private func pingReceived(_ ping: nghttp2_ping) {
        if ping.hd.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) == 0 {
            delegate.pingReceived()
        } else {
            let opaque = withUnsafeBytes(of: ping.opaque_data) {
                UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self))
            }
            delegate.pingAcknowledged(opaque)
        }
    }
}
