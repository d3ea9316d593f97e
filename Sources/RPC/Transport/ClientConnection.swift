// One client connection joined to its session. The load generator drives it directly; `GRPCClient`
// puts reconnection, retries and async/await on top.

internal import Base

/// How a client treats its connections and calls.
public struct ClientConfiguration: Sendable {
    public var maxMessageBytes = 4 * 1024 * 1024
    public var connectTimeoutMs = 20_000
    /// After this long without a byte while calls are open the server is asked whether it is there;
    /// 0: never.
    public var keepaliveTimeMs = 30_000
    public var keepaliveTimeoutMs = 10_000
    /// A connection without calls is closed after this long.
    public var idleTimeoutMs = 30 * 60 * 1000
    /// Calls that may be under way or waiting for a connection.
    public var maxOpenCalls = 10_000
    /// Times a unary call is tried when the server is UNAVAILABLE; 1 never repeats.
    public var maxAttempts = 4
    /// Before the second attempt; doubled for each one after it, with jitter.
    public var retryBackoffMs = 50
    /// Encrypts connections, to Unix sockets too; nil leaves them as they are.
    public var tls: TLSContext?
    /// The name that the server's certificate must have; nil for the target's host.
    public var serverName: String?

    public init() {}
}

/// Confined to its loop.
public final class ClientConnection {
    private enum State { case connecting, open, closed }

    private let loop: EventLoop
    private let target: ClientTarget
    private let configuration: ClientConfiguration
    private var state = State.connecting
    private var socket: LoopSocket?
    private var session: ClientSession?
    private var isFlushRequested = false
    private var liveness: ConnectionLiveness
    private lazy var timer = LoopTimer(target: self)
    private var onOpen: ((LoopError?) -> Void)?
    private var onClosed: (() -> Void)?

    private static let writeBytes = 64 * 1024

    /// Starts to connect.
    /// - Parameters:
    ///   - onOpen: called once: with nil when calls may start, or with what went wrong.
    ///   - onClosed: called once, when an open connection takes no more calls or is gone.
    public init(
        loop: EventLoop, target: ClientTarget,
        configuration: ClientConfiguration = ClientConfiguration(),
        onOpen: @escaping (LoopError?) -> Void, onClosed: @escaping () -> Void
    ) {
        self.loop = loop
        self.target = target
        self.configuration = configuration
        self.onOpen = onOpen
        self.onClosed = onClosed
        liveness = ConnectionLiveness(
            handshakeMs: configuration.connectTimeoutMs, idleMs: configuration.idleTimeoutMs,
            keepaliveMs: configuration.keepaliveTimeMs, timeoutMs: configuration.keepaliveTimeoutMs,
            openedAt: loop.time.now())
        connect()
    }

    public var isOpen: Bool { state == .open && session?.isRetired == false }

    public var openCalls: Int { session?.openCalls ?? 0 }

    /// Starts a call. Send its messages with `ClientCall.send`, then `finishSending`.
    public func start(
        _ path: String, _ options: CallOptions = CallOptions(), handler: any ClientCallHandler
    ) -> ClientCall {
        guard let session else {
            preconditionFailure("a call was started on a connection that is not open")
        }
        return session.start(path, options, now: loop.time.now(), handler: handler)
    }

    /// Finishes the calls under way, then closes.
    public func retire() {
        session?.retire()
        if state == .connecting { close() }
    }

    public func close() {
        if state == .closed { return }
        state = .closed
        timer.cancel()
        socket?.close()
        session?.connectionLost()
        tellOpen(LoopError(operation: "connect to \(target)", code: LoopError.cancelledCode))
        tellClosed()
    }

    // MARK: Opening

    private func connect() {
        loop.schedule(timer, at: liveness.nextCheck(now: loop.time.now()))
        let completion: (Result<LoopSocket, LoopError>) -> Void = { self.connected($0) }
        switch target {
        case .tcp(let host, let port):
            Connecting.tcp(loop: loop, host: host, port: port, completion: completion)
        case .unix(let path):
            Connecting.unix(loop: loop, path: path, completion: completion)
        }
    }

    private func connected(_ result: Result<LoopSocket, LoopError>) {
        switch result {
        case .failure(let error): fail(error)
        case .success(let socket):
            guard state == .connecting else { return socket.close() }
            self.socket = socket
            socket.delegate = self
            if let tls = configuration.tls { secure(socket, tls) } else { open(socket) }
        }
    }

    private func secure(_ socket: LoopSocket, _ context: TLSContext) {
        do {
            let name = configuration.serverName ?? target.host
            try socket.secure(TLSSession(context, serverName: name), isClient: true)
            try socket.startReading()
        } catch {
            fail(LoopError(operation: "secure \(target): \(error)", code: 0))
        }
    }

    private func open(_ socket: LoopSocket) {
        do {
            var settings = HTTP2Settings()
            settings.streamWindowBytes = 1024 * 1024
            session = try ClientSession(
                authority: target.authority, scheme: socket.tls == nil ? "http" : "https",
                settings: settings,
                maxMessageBytes: configuration.maxMessageBytes, timers: loop.timers,
                delegate: self)
            try socket.startReading()
            state = .open
            tellOpen(nil)
            sessionWantsWrite()
        } catch {
            fail(LoopError(operation: "open HTTP/2 to \(target): \(error)", code: 0))
        }
    }

    private func fail(_ error: LoopError) {
        if state == .closed { return }
        tellOpen(error)
        close()
    }

    private func tellOpen(_ error: LoopError?) {
        let told = onOpen
        onOpen = nil
        told?(error)
    }

    private func tellClosed() {
        let told = onClosed
        onClosed = nil
        told?()
    }
}

// MARK: Bytes

extension ClientConnection: LoopSocketDelegate, LoopFlushable, ClientSessionDelegate {
    func socketReceived(_ bytes: UnsafeRawBufferPointer) {
        guard state == .open, let session else { return }
        liveness.received(now: loop.now, isBusy: session.openCalls > 0)
        do throws(HTTP2Failure) {
            try session.receive(bytes)
            flush()
        } catch {
            close()
        }
    }

    func socketSecured() {
        guard state == .connecting, let socket else { return }
        open(socket)
    }

    func socketEnded() {
        if state == .connecting {
            let reason = socket?.tlsFailure.map(String.init) ?? "the server ended the connection"
            fail(LoopError(operation: "secure \(target): \(reason)", code: 0))
        } else {
            close()
        }
    }

    func socketDrained() { flush() }

    func socketClosed() {
        // The loop ended under the connection.
        close()
        session = nil
    }

    func sessionEstablished() { liveness.established() }

    func sessionRetired() { tellClosed() }

    func sessionWantsWrite() {
        if isFlushRequested || state == .closed { return }
        isFlushRequested = true
        loop.requestFlush(self)
    }

    func flush() {
        isFlushRequested = false
        guard state == .open, let socket, !socket.isWriting, let session else { return }
        do throws(HTTP2Failure) {
            while try writeOnce(socket, session) {}
        } catch {
            close()
        }
        if state == .open, !socket.isWriting, session.http2.isFinished { close() }
    }

    /// - Returns: whether there may be more to write now.
    private func writeOnce(
        _ socket: LoopSocket, _ session: ClientSession
    ) throws(HTTP2Failure) -> Bool {
        try session.produce(into: &loop.output, limitBytes: Self.writeBytes)
        let count = loop.output.count
        if count == 0 { return false }
        let isWhole = socket.write(loop.output.readable)
        loop.output.removeAll(keepingBytes: 4 * Self.writeBytes)
        if !isWhole { close() }
        return isWhole && !socket.isWriting && count >= Self.writeBytes
    }
}

// MARK: Time

extension ClientConnection: TimerTarget {
    func timerFired() {
        if state == .closed { return }
        let now = loop.now
        switch liveness.check(now: now, isBusy: openCalls > 0) {
        case .wait: break
        case .ping: session?.http2.ping(ConnectionLiveness.pingOpaque)
        case .retire, .expire: session?.retire()
        case .drop: return close()
        }
        loop.schedule(timer, at: liveness.nextCheck(now: now))
    }
}
