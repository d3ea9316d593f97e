// What the layer above may do to a session: each queues frames, none writes.

internal import CNGHTTP2

extension HTTP2Session {
    /// Sends the response's opening HEADERS; with `endsStream` they are the whole response.
    /// - Returns: false when the library does not take them.
    func respond(
        _ stream: HTTP2Stream, endsStream: Bool, _ fill: (inout HeaderBlock) -> Void
    ) -> Bool {
        block.removeAll()
        fill(&block)
        let code = block.withFields { fields, count in
            respond(stream, endsStream: endsStream, fields, count)
        }
        noteWork()
        return code == 0
    }

    /// Opens a stream with the request's HEADERS.
    func request(
        _ stream: HTTP2Stream, owner: HTTP2StreamOwner, _ fill: (inout HeaderBlock) -> Void
    ) throws(HTTP2Failure) {
        block.removeAll()
        fill(&block)
        var provider = Self.provider(for: stream)
        let id = block.withFields { fields, count in
            nghttp2_submit_request(handle, nil, fields, count, &provider, nil)
        }
        try HTTP2Failure.check(id, "nghttp2_submit_request")
        adopt(stream, id: id, owner: owner)
        noteWork()
    }

    func reset(_ stream: HTTP2Stream, _ error: HTTP2ErrorCode) {
        // Fails only out of memory, and then the next produce or receive reports it.
        _ = nghttp2_submit_rst_stream(
            handle, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, error.rawValue)
        noteWork()
    }

    func resume(_ stream: HTTP2Stream) {
        // Fails only when the stream has no deferred data, which `isDeferred` rules out.
        _ = nghttp2_session_resume_data(handle, stream.id)
        noteWork()
    }

    /// The owner used `byteCount` body bytes of `stream`.
    func consume(_ stream: HTTP2Stream, _ byteCount: Int) {
        // A stream that ended needs no larger window; the connection's is everyone's.
        let code =
            stream.isRemoteEnded
            ? nghttp2_session_consume_connection(handle, byteCount)
            : nghttp2_session_consume(handle, stream.id, byteCount)
        // Only out of memory or a defect here can fail it; the connection then ends by its timers.
        if code == 0 { noteWork() }
    }

    /// For bytes of a stream that is closed already.
    func consumeConnection(_ byteCount: Int) {
        _ = nghttp2_session_consume_connection(handle, byteCount)
        noteWork()
    }

    func ping(_ opaque: UInt64) {
        withUnsafeBytes(of: opaque.bigEndian) { bytes in
            _ = nghttp2_submit_ping(
                handle, UInt8(NGHTTP2_FLAG_NONE.rawValue),
                bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
        }
        noteWork()
    }

    /// Announces that no new stream will be taken soon (RFC 9113, section 6.8).
    func announceShutdown() {
        _ = nghttp2_submit_shutdown_notice(handle)
        noteWork()
    }

    /// GOAWAY: streams after those seen already are refused; those open go on.
    func goAway(_ error: HTTP2ErrorCode, debug: StaticString = "") {
        _ = nghttp2_submit_goaway(
            handle, UInt8(NGHTTP2_FLAG_NONE.rawValue),
            nghttp2_session_get_last_proc_stream_id(handle), error.rawValue, debug.utf8Start,
            debug.utf8CodeUnitCount)
        noteWork()
    }

    /// GOAWAY, and the session is finished once it is written.
    func terminate(_ error: HTTP2ErrorCode) {
        _ = nghttp2_session_terminate_session(handle, error.rawValue)
        noteWork()
    }

    /// From the body's end; false when the owner has no trailers.
    func submitTrailers(_ stream: HTTP2Stream) -> Bool {
        block.removeAll()
        var hasTrailers = false
        stream.withOwner { hasTrailers = $0.appendTrailers(to: &block) }
        if !hasTrailers { return false }
        return block.withFields { fields, count in
            nghttp2_submit_trailer(handle, stream.id, fields, count) == 0
        }
    }

    private func respond(
        _ stream: HTTP2Stream, endsStream: Bool, _ fields: UnsafePointer<nghttp2_nv>, _ count: Int
    ) -> Int32 {
        if endsStream { return nghttp2_submit_response(handle, stream.id, fields, count, nil) }
        var provider = Self.provider(for: stream)
        return nghttp2_submit_response(handle, stream.id, fields, count, &provider)
    }

    private static func provider(for stream: HTTP2Stream) -> nghttp2_data_provider {
        nghttp2_data_provider(
            source: nghttp2_data_source(ptr: Unmanaged.passUnretained(stream).toOpaque()),
            read_callback: HTTP2Callbacks.provideBody)
    }
}
