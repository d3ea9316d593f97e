// A gRPC server on one loop: listeners, connections, and the end of both. Several loops each have
// their own `Server` on a shared port.

internal import Base

/// Confined to its loop: made before the loop runs or on its thread.
public final class Server {
    public let counters = ServerCounters()
    public var metrics: CallMetrics { environment.metrics }
    let configuration: ServerConfiguration
    let loop: EventLoop
    let environment: ServerEnvironment
    private var listeners: [LoopListener] = []
    private var connections: [ServerConnection] = []
    private var drained: (() -> Void)?
    private var isDraining = false
    /// TLS handshakes under way.
    var shakingHands = 0
    /// Jitter only.
    private var random: SeededRandom

    /// - Parameters:
    ///   - gate: asked before every call; nil admits all.
    ///   - log: hears of slow calls.
    public init(
        configuration: ServerConfiguration, methods: MethodRegistry, loop: EventLoop,
        gate: (any CallGate)? = nil, log: CallLog? = nil
    ) {
        self.configuration = configuration
        self.loop = loop
        environment = ServerEnvironment(
            methods: methods, limits: ServerLimits(configuration), mailbox: loop.mailbox,
            timers: loop.timers, counters: counters, now: loop.now, gate: gate, log: log,
            time: loop.time)
        random = SeededRandom(seed: loop.time.now().nanoseconds)
    }

    deinit { environment.close() }

    /// Listens on TCP.
    /// - Parameters:
    ///   - host: an address in digits, or `localhost`.
    ///   - port: 0 for one that the system chooses.
    /// - Returns: the port.
    @discardableResult
    public func listen(host: String, port: Int) throws -> Int {
        let host = host == "localhost" ? "127.0.0.1" : host
        let address = try SocketAddress(host: host, port: port)
        let listener = try makeListener(.tcp, isIPv6: address.isIPv6)
        return try start(listener) { () throws(LoopError) in
            try listener.listen(address, sharingPort: configuration.sharesPort)
        }
    }

    /// Listens on a Unix socket. A file that a dead server left at `path` is replaced; the file goes
    /// when the server does.
    public func listen(unixSocket path: String) throws {
        let listener = try makeListener(.unix, isIPv6: false)
        try start(listener) { () throws(LoopError) in try listener.listen(unixSocket: path) }
    }

    /// Listens on a socket that was handed over. Several loops may be given the same one.
    public func listen(on socket: InheritedSocket) throws {
        let listener = try makeListener(socket.address == .unix ? .unix : .tcp, isIPv6: nil)
        try start(listener) { () throws(LoopError) in try listener.listen(on: socket) }
    }

    /// Takes no more connections, lets calls finish, and calls `completion` on the loop when the last
    /// connection is gone: at the latest a little after `deadlineMs`, when calls still at work have
    /// been answered UNAVAILABLE. Loop's thread.
    public func drain(deadlineMs: Int, completion: @escaping () -> Void) {
        precondition(!isDraining, "a server drains once")
        isDraining = true
        drained = completion
        for listener in listeners { listener.close() }
        listeners = []
        for connection in connections { connection.drain() }
        loop.schedule(afterMs: deadlineMs) { [weak self] in self?.endCalls() }
        finishIfDrained()
    }

    public var openConnections: Int { connections.count }

    /// Connections whose peers showed a certificate go, and their calls have `deadlineMs` to finish:
    /// who comes again is looked at by the rules that hold now. Loop's thread.
    public func retireCertified(deadlineMs: Int) {
        let retired = connections.filter(\.hasCertificate)
        for connection in retired { connection.drain() }
        loop.schedule(afterMs: deadlineMs) {
            for connection in retired { connection.endCalls() }
        }
    }

    // MARK: Connections

    private func makeListener(
        _ kind: LoopSocket.Kind, isIPv6: Bool?
    ) throws(LoopError) -> LoopListener {
        // A listener is closed, and lets go of these closures, no later than its loop ends; the
        // server that owns it may be gone before.
        try LoopListener(
            loop: loop, kind: kind, isIPv6: isIPv6,
            onConnection: { [weak self] socket in
                if let self { self.accept(socket) } else { socket.close() }
            },
            onFailure: { [weak self] _ in self?.counters.connectionsRefused.add() })
    }

    @discardableResult
    private func start<Result>(
        _ listener: LoopListener, _ listen: () throws(LoopError) -> Result
    ) throws(LoopError) -> Result {
        do throws(LoopError) {
            let result = try listen()
            listeners.append(listener)
            return result
        } catch {
            listener.close()
            throw error
        }
    }

    private func accept(_ socket: LoopSocket) {
        guard connections.count < configuration.limits.maxConnections, !isDraining else {
            return refuse(socket)
        }
        if configuration.tls != nil, shakingHands >= configuration.maxHandshakes {
            counters.handshakesRefused.add()
            return refuse(socket)
        }
        do {
            let tls = try makeSession(for: socket)
            let connection = try ServerConnection(socket: socket, server: self)
            connection.slot = connections.count
            connections.append(connection)
            counters.connectionsAccepted.add()
            try connection.start(tls)
        } catch {
            // Out of memory, or a socket that broke before its first byte.
            refuse(socket)
        }
    }

    private func refuse(_ socket: LoopSocket) {
        counters.connectionsRefused.add()
        socket.close()
    }

    private func makeSession(for socket: LoopSocket) throws(TLSFailure) -> TLSSession? {
        guard let tls = configuration.tls, socket.kind == .tcp else { return nil }
        return try TLSSession(tls.load())
    }

    /// A tenth more or less, so that connections made together do not end together (gRFC A9).
    func ageWithJitter(_ ageMs: Int) -> Int {
        if ageMs < 10 { return ageMs }
        return ageMs + Int.random(in: -(ageMs / 10)...(ageMs / 10), using: &random)
    }

    func closed(_ connection: ServerConnection) {
        counters.connectionsClosed.add()
        let last = connections.removeLast()
        if last !== connection {
            connections[connection.slot] = last
            last.slot = connection.slot
        }
        finishIfDrained()
    }

    // MARK: Drain

    private func endCalls() {
        for connection in connections { connection.endCalls() }
        loop.schedule(afterMs: configuration.drainGraceMs) { [weak self] in
            guard let self else { return }
            for connection in self.connections { connection.close() }
        }
    }

    private func finishIfDrained() {
        guard isDraining, connections.isEmpty, let completion = drained else { return }
        drained = nil
        completion()
    }
}
