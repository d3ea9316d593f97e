// The client's end of one connection without its socket.

internal import Base

protocol ClientSessionDelegate: AnyObject {
    func sessionWantsWrite()
    func sessionEstablished()
    /// The server takes no more calls here.
    func sessionRetired()
}

/// Confined to its loop.
final class ClientSession {
    let timers: TimerQueue
    let codec = MessageCodec()
    let maxMessageBytes: Int
    private(set) var isLost = false
    /// The server has announced its end: new calls go elsewhere.
    private(set) var isRetired = false
    private let authority: String
    private let scheme: StaticString
    private unowned(unsafe) let delegate: any ClientSessionDelegate
    private var session: HTTP2Session?

    static let userAgent: StaticString = "grpc-swift-rankwire/1.0"

    init(
        authority: String, scheme: StaticString = "http", settings: HTTP2Settings,
        maxMessageBytes: Int, timers: TimerQueue,
        delegate: any ClientSessionDelegate
    ) throws(HTTP2Failure) {
        self.authority = authority
        self.scheme = scheme
        self.maxMessageBytes = maxMessageBytes
        self.timers = timers
        self.delegate = delegate
        session = try HTTP2Session(role: .client, settings: settings, delegate: self)
    }

    /// Set in init, and never taken away.
    var http2: HTTP2Session { session.unsafelyUnwrapped }

    var openCalls: Int { http2.openStreams }

    /// Starts a call; its handler hears of a failure to do so as of any other.
    func start(
        _ path: String, _ options: CallOptions, now: MonotonicTime,
        handler: any ClientCallHandler
    ) -> ClientCall {
        let call = ClientCall(
            path: path, options: options, handler: handler, codec: codec,
            maxMessageBytes: maxMessageBytes)
        guard !isLost, !isRetired else {
            call.end(RPCStatus(.unavailable, "the connection is closing"))
            return call
        }
        let timeout = options.deadlineMs.map { UInt64(max(0, $0)) * 1_000_000 }
        do throws(HTTP2Failure) {
            try http2.request(call.stream, owner: ClientCallEnd(call)) { block in
                self.appendRequest(to: &block, path, options, timeout)
            }
            call.started(
                self,
                deadline: timeout.map { now.advanced(byNanoseconds: $0) } ?? .distantFuture)
        } catch {
            call.end(RPCStatus(.unavailable, "the call could not be sent: \(error)"))
        }
        return call
    }

    func receive(_ bytes: UnsafeRawBufferPointer) throws(HTTP2Failure) {
        try http2.receive(bytes)
    }

    func produce(into output: inout ByteQueue, limitBytes: Int) throws(HTTP2Failure) {
        try http2.produce(into: &output, limitBytes: limitBytes)
    }

    /// Says goodbye; calls under way finish.
    func retire() {
        isRetired = true
        http2.goAway(.noError)
    }

    /// The socket is closed. Not from inside `receive` or `produce`.
    func connectionLost() {
        isLost = true
        http2.closeAll(.cancel)
    }

    private func appendRequest(
        to block: inout HeaderBlock, _ path: String, _ options: CallOptions,
        _ timeoutNanoseconds: UInt64?
    ) {
        block.append(":method", "POST")
        block.append(":scheme", scheme)
        block.append(":path", copying: path)
        block.append(":authority", copying: authority)
        block.append("te", "trailers")
        block.append("content-type", "application/grpc")
        block.append("user-agent", Self.userAgent)
        block.append("grpc-accept-encoding", MessageEncoding.accepted)
        if options.compresses { block.append("grpc-encoding", "gzip") }
        if let timeoutNanoseconds {
            block.append(
                "grpc-timeout", copying: CallTimeout.format(nanoseconds: timeoutNanoseconds))
        }
        options.metadata.append(to: &block)
    }
}

extension ClientSession: HTTP2SessionDelegate {
    /// A server opens no streams: push is switched off in our SETTINGS.
    func streamOffered(id: Int32) -> HTTP2Stream? { nil }

    func sessionWantsWrite() { delegate.sessionWantsWrite() }

    func settingsReceived() { delegate.sessionEstablished() }

    func pingReceived() {}

    func pingAcknowledged(_ opaque: UInt64) {}

    func goAwayReceived(lastStreamID: Int32, error: HTTP2ErrorCode) {
        isRetired = true
        delegate.sessionRetired()
    }

    func resetReceived(_ stream: HTTP2Stream?) {}

    func resetSent(_ error: HTTP2ErrorCode) {}

    func idleFrameReceived() {}

    func continuationsExceeded() {}
}
