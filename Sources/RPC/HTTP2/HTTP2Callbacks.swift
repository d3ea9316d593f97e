// The library's callbacks: each finds its session and stream and calls one method. No error may be
// thrown across C, so there is none to throw; a refusal is a return code.

internal import CNGHTTP2

enum HTTP2Callbacks {
    static func make() throws(HTTP2Failure) -> OpaquePointer {
        var callbacks: OpaquePointer?
        try HTTP2Failure.check(
            nghttp2_session_callbacks_new(&callbacks), "nghttp2_session_callbacks_new")
        guard let callbacks else { throw HTTP2Failure("nghttp2_session_callbacks_new", code: 0) }
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
        guard let flags, let pointer = source?.pointee.ptr else {
            return Int(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)
        }
        return stream(pointer).provideBody(length, flags)
    }

    private static let sendBody: nghttp2_send_data_callback = {
        _, _, header, length, source, context in
        guard let header, let pointer = source?.pointee.ptr, let session = session(context),
            let output = session.output
        else { return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue }
        stream(pointer).sendBody(header: header, length: length, into: output)
        return 0
    }

    private static let beginHeaders: nghttp2_on_begin_headers_callback = { _, frame, context in
        guard let frame, let session = session(context) else {
            return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
        }
        let id = frame.pointee.hd.stream_id
        let known = session.role == .client || !isRequest(frame)
        guard let stream = known ? session.stream(id) : session.delegate.streamOffered(id: id)
        else {
            return known ? 0 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
        }
        session.headerStream = stream
        return 0
    }

    private static let header: nghttp2_on_header_callback = {
        _, _, name, nameLength, value, valueLength, _, context in
        session(context)?.headerStream?.owner?.headerReceived(
            name: UnsafeRawBufferPointer(start: name, count: nameLength),
            value: UnsafeRawBufferPointer(start: value, count: valueLength))
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
        guard let session = session(context) else {
            return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
        }
        if let stream = session.stream(id) {
            stream.received(UnsafeRawBufferPointer(start: bytes, count: length))
        } else {
            session.consumeConnection(length)
        }
        return 0
    }

    private static let frame: nghttp2_on_frame_recv_callback = { _, frame, context in
        guard let frame, let session = session(context) else {
            return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
        }
        session.frameReceived(frame)
        // What a condemned peer has sent besides is not worth the work.
        return session.isCondemned ? NGHTTP2_ERR_CALLBACK_FAILURE.rawValue : 0
    }

    private static let frameSent: nghttp2_on_frame_send_callback = { _, frame, context in
        guard let frame, let session = session(context) else {
            return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
        }
        session.frameSent(frame)
        return 0
    }

    private static let streamClose: nghttp2_on_stream_close_callback = { _, id, code, context in
        guard let session = session(context), let stream = session.stream(id) else { return 0 }
        session.closed(stream, HTTP2ErrorCode(rawValue: code))
        return 0
    }

    private static func isRequest(_ frame: UnsafePointer<nghttp2_frame>) -> Bool {
        frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST
    }

    @inline(__always)
    private static func session(_ context: UnsafeMutableRawPointer?) -> HTTP2Session? {
        context?.assumingMemoryBound(to: HTTP2Session.Reference.self).pointee.session
    }

    @inline(__always)
    private static func stream(_ pointer: UnsafeMutableRawPointer) -> HTTP2Stream {
        Unmanaged<HTTP2Stream>.fromOpaque(pointer).takeUnretainedValue()
    }
}

extension HTTP2Session {
    fileprivate func frameReceived(_ frame: UnsafePointer<nghttp2_frame>) {
        let head = frame.pointee.hd
        switch UInt32(head.type) {
        case NGHTTP2_DATA.rawValue:
            if ends(head) {
                stream(head.stream_id)?.remoteEnded()
            } else if head.length == 0 {
                delegate.idleFrameReceived()
            }
        case NGHTTP2_PRIORITY.rawValue:
            delegate.idleFrameReceived()
        case NGHTTP2_HEADERS.rawValue:
            guard let stream = stream(head.stream_id) else { return }
            headerStream = nil
            stream.owner?.headersEnded(endsStream: ends(head))
            if ends(head) { stream.remoteEnded() }
        case NGHTTP2_RST_STREAM.rawValue:
            delegate.resetReceived()
        case NGHTTP2_SETTINGS.rawValue:
            if head.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) == 0 { delegate.settingsReceived() }
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
            if role == .server, ends(head), let stream = stream(head.stream_id),
                !stream.isRemoteEnded
            {
                reset(stream, .noError)
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
