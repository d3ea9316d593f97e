// The server's end of one connection without its socket: HTTP/2 below, calls above.

internal import Base

/// Hears what its connection must do.
protocol ServerSessionDelegate: AnyObject {
    /// There is output that no `receive` will be followed by.
    func sessionWantsWrite()
    /// The peer's first SETTINGS came.
    func sessionEstablished()
}

/// Confined to the loop.
final class ServerSession {
    let environment: ServerEnvironment
    let peer: String
    /// What the peer has proved to be by TLS; nil without a certificate.
    var certificate: PeerCertificate?
    /// What the gate keeps of this connection.
    var pass: ConnectionPass?
    /// Bytes of messages that are not complete, over all calls.
    var gatheredBytes = 0
    /// The socket is gone: what ends from here on ends for that reason.
    private(set) var isLost = false
    private(set) var isDraining = false
    var budgets: PeerBudgets
    /// Since when a frame or a header block has been arriving.
    private(set) var midwaySince: MonotonicTime?
    private var completedFrames = 0
    private unowned(unsafe) let delegate: any ServerSessionDelegate
    private var session: HTTP2Session?
    /// Callers mostly repeat themselves.
    private var lastMethod: Unmanaged<Method>?

    /// The ping that a drain waits for before its final GOAWAY.
    private static let drainPing: UInt64 = 0x6472_6169_6e

    init(
        environment: ServerEnvironment, settings: HTTP2Settings, peer: String,
        delegate: any ServerSessionDelegate
    ) throws(HTTP2Failure) {
        self.environment = environment
        self.peer = peer
        self.delegate = delegate
        budgets = PeerBudgets(environment.limits)
        session = try HTTP2Session(role: .server, settings: settings, delegate: self)
    }

    /// Set in init, and never taken away.
    var http2: HTTP2Session { session.unsafelyUnwrapped }

    /// Body bytes of all calls that wait to be sent.
    var unsentBytes: Int { http2.queuedBytes }

    var openCalls: Int { http2.openStreams }

    func receive(_ bytes: UnsafeRawBufferPointer) throws(HTTP2Failure) {
        try http2.receive(bytes)
        if !http2.frames.isMidway {
            midwaySince = nil
        } else if midwaySince == nil || http2.frames.completed != completedFrames {
            midwaySince = environment.now
            completedFrames = http2.frames.completed
        }
    }

    func produce(into output: inout ByteQueue, limitBytes: Int) throws(HTTP2Failure) {
        try http2.produce(into: &output, limitBytes: limitBytes)
    }

    /// The registry, which the environment has, keeps what is found alive.
    func lookUp(_ path: UnsafeRawBufferPointer) -> Unmanaged<Method>? {
        if let lastMethod, lastMethod.borrow({ $0.has(path) }) { return lastMethod }
        guard let method = environment.methods.find(path) else { return nil }
        lastMethod = .passUnretained(method)
        return lastMethod
    }

    /// Announces the end, lets calls under way and those already on the wire finish, and ends the
    /// connection after them: GOAWAY with the largest id, a ping, and the true GOAWAY once it is
    /// answered (RFC 9113, section 6.8).
    func drain() {
        if isDraining { return }
        isDraining = true
        http2.announceShutdown()
        http2.ping(Self.drainPing)
    }

    /// The drain's time is up: calls still at work are answered UNAVAILABLE.
    func endCalls() {
        for stream in http2.streams {
            guard let call = stream.owner as? ActiveCall, call.isOpen else { continue }
            call.end(early: .shutdown, RPCStatus(.unavailable, "the server is shutting down"))
        }
        http2.goAway(.noError)
    }

    /// The socket is closed; every handler hears of it. Not from inside `receive` or `produce`.
    func connectionLost() {
        isLost = true
        http2.closeAll(.cancel)
    }
}

extension ServerSession: HTTP2SessionDelegate {
    func streamOffered(id: Int32) -> HTTP2Stream? {
        let call = environment.takeCall()
        call.open(self)
        http2.adopt(call.stream, id: id, owner: call)
        return call.stream
    }

    func sessionWantsWrite() { delegate.sessionWantsWrite() }

    func settingsReceived() { delegate.sessionEstablished() }

    func pingAcknowledged(_ opaque: UInt64) {
        if opaque == Self.drainPing, isDraining { http2.goAway(.noError) }
    }

    func goAwayReceived(lastStreamID: Int32, error: HTTP2ErrorCode) {}
}
