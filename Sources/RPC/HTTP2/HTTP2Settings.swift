internal import CNGHTTP2

/// What one end of an HTTP/2 connection announces and enforces (RFC 9113, section 6.5.2).
struct HTTP2Settings {
    var maxConcurrentStreams: UInt32 = 256
    var maxHeaderListBytes: UInt32 = 16 * 1024
    /// Bytes a peer may send on one stream before they are consumed.
    var streamWindowBytes: UInt32 = 256 * 1024
    /// The same for a connection: bounds what paused calls may leave unread.
    var connectionWindowBytes: Int32 = 16 * 1024 * 1024
    /// CONTINUATION frames after one HEADERS frame (CVE-2024-28182).
    var maxContinuations = 8
    /// Answers to PING and SETTINGS that may wait to be written.
    var maxPendingAcknowledgements = 256

    /// The library's options for these settings. The caller frees them with `nghttp2_option_del`.
    func makeOptions() throws(HTTP2Failure) -> OpaquePointer {
        var option: OpaquePointer?
        try HTTP2Failure.check(nghttp2_option_new(&option), "nghttp2_option_new")
        guard let option else { throw HTTP2Failure("nghttp2_option_new", code: 0) }
        // Windows open again as calls consume, so that a handler that stops reading stops its peer.
        nghttp2_option_set_no_auto_window_update(option, 1)
        // Resets are counted by the session's owner, on its clock; the library's own limit must not
        // come first.
        nghttp2_option_set_stream_reset_rate_limit(option, 1 << 40, 1 << 40)
        // The library counts one CONTINUATION for each piece that its head arrives in; `FrameGuard`
        // counts frames.
        nghttp2_option_set_max_continuations(option, 1 << 30)
        nghttp2_option_set_max_outbound_ack(option, maxPendingAcknowledgements)
        nghttp2_option_set_no_closed_streams(option, 1)
        nghttp2_option_set_max_send_header_block_length(option, 256 * 1024)
        return option
    }

    /// Queues the SETTINGS frame that opens this end of the connection.
    func submit(to session: OpaquePointer, role: HTTP2Role) throws(HTTP2Failure) {
        var entries = [
            entry(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, maxHeaderListBytes),
            entry(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, streamWindowBytes),
        ]
        switch role {
        case .server:
            entries.append(entry(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, maxConcurrentStreams))
        case .client:
            entries.append(entry(NGHTTP2_SETTINGS_ENABLE_PUSH, 0))
        }
        try HTTP2Failure.check(
            nghttp2_submit_settings(
                session, UInt8(NGHTTP2_FLAG_NONE.rawValue), entries, entries.count),
            "nghttp2_submit_settings")
        try HTTP2Failure.check(
            nghttp2_session_set_local_window_size(
                session, UInt8(NGHTTP2_FLAG_NONE.rawValue), 0, connectionWindowBytes),
            "nghttp2_session_set_local_window_size")
    }

    private func entry(_ id: nghttp2_settings_id, _ value: UInt32) -> nghttp2_settings_entry {
        nghttp2_settings_entry(settings_id: Int32(id.rawValue), value: value)
    }
}

/// Which end of a connection a session is.
enum HTTP2Role { case server, client }
