// One accepted socket joined to its session: bytes up, bytes down, and the clock that ends
// connections which say nothing.
//
// What a read causes is answered before the next socket is looked at; what anything else causes is
// written once per turn of the loop.

internal import Base

/// Confined to its loop. Kept alive by its socket and its server until it is closed.
final class ServerConnection {
    /// Place in the server's list.
    var slot = 0
    private let socket: LoopSocket
    private let loop: EventLoop
    /// Each holds the other until the connection is closed, at the latest when its loop ends.
    private let server: Server
    private var session: ServerSession?
    private var isClosed = false
    /// The last GOAWAY is out, and the peer has a moment to read it: a socket that is closed with
    /// bytes unread would be reset, and the answer lost with it.
    private var isLeaving = false
    private var isFlushRequested = false
    private var isShakingHands = false
    private lazy var timer = LoopTimer(target: self)
    private var liveness: ConnectionLiveness

    /// Frames put together before they are written.
    private static let writeBytes = 64 * 1024
    private static let leaveMs: UInt64 = 1_000

    init(socket: LoopSocket, server: Server) throws(HTTP2Failure) {
        self.socket = socket
        self.server = server
        loop = server.loop
        let configuration = server.configuration
        liveness = ConnectionLiveness(
            handshakeMs: configuration.handshakeTimeoutMs,
            idleMs: configuration.limits.idleTimeoutMs,
            keepaliveMs: configuration.keepaliveTimeMs,
            timeoutMs: configuration.keepaliveTimeoutMs,
            ageMs: server.ageWithJitter(configuration.maxConnectionAgeMs),
            graceMs: configuration.maxConnectionAgeGraceMs, openedAt: loop.now)
        session = try ServerSession(
            environment: server.environment, settings: server.configuration.http2,
            peer: socket.peerName, delegate: self)
    }

    /// - Parameter tls: what encrypts the connection; nil leaves it as it is.
    func start(_ tls: TLSSession?) throws(LoopError) {
        if let tls {
            socket.tls = tls
            isShakingHands = true
            server.shakingHands += 1
        }
        socket.delegate = self
        try socket.startReading()
        timerFired()
        sessionWantsWrite()
    }

    func drain() { session?.drain() }

    func endCalls() { if !isClosed { session?.endCalls() } }

    /// The peer has proved by TLS what it is.
    var hasCertificate: Bool { session?.certificate != nil }

    func close() {
        if isClosed { return }
        isClosed = true
        timer.cancel()
        if isShakingHands { endHandshake(server.counters.handshakesFailed) }
        socket.close()
        session?.connectionLost()
        server.closed(self)
    }

    private func endHandshake(_ counter: LoopCounter) {
        isShakingHands = false
        server.shakingHands -= 1
        counter.add()
    }
}

// MARK: Bytes

extension ServerConnection: LoopSocketDelegate, LoopFlushable, ServerSessionDelegate {
    func socketReceived(_ bytes: UnsafeRawBufferPointer) {
        guard !isClosed, !isLeaving, let session, !session.http2.isCondemned else { return }
        server.environment.now = loop.now
        server.environment.arrival = loop.arrival
        server.counters.bytesRead.add(bytes.count)
        liveness.received(now: loop.now, isBusy: session.openCalls > 0)
        do throws(HTTP2Failure) {
            try session.receive(bytes)
        } catch {
            fail(session, error)
        }
        flush()
        // A condemned peer that does not read why is not waited for.
        if session.http2.isCondemned, !isClosed, !isLeaving { closeSoon() }
    }

    private func fail(_ session: ServerSession, _ error: HTTP2Failure) {
        let counters = server.counters
        if error.isBadPreface {
            session.http2.condemn(.protocolError, "not HTTP/2")
        } else if error.isFlood {
            counters.acknowledgementFloods.add()
            session.http2.condemn(.enhanceYourCalm, "acknowledgements_not_read")
        } else {
            counters.connectionsFailed.add()
            close()
        }
    }

    func socketSecured() {
        endHandshake(server.counters.handshakesCompleted)
        session?.certificate = socket.tls?.peerCertificate
        flush()
    }

    func socketEnded() { close() }

    func socketDrained() { flush() }

    func socketClosed() {
        // The loop ended under the connection.
        close()
        session = nil
    }

    func sessionEstablished() { liveness.established() }

    func sessionWantsWrite() {
        if isFlushRequested || isClosed { return }
        isFlushRequested = true
        loop.requestFlush(self)
    }

    /// Writes until the session has nothing left or the kernel takes no more.
    func flush() {
        isFlushRequested = false
        guard !isClosed, !isLeaving, !socket.isWriting, let session else { return }
        do throws(HTTP2Failure) {
            while try writeOnce(session) {}
        } catch {
            server.counters.connectionsFailed.add()
            close()
        }
        if !isClosed { settle(session) }
    }

    /// - Returns: whether there may be more to write now.
    private func writeOnce(_ session: ServerSession) throws(HTTP2Failure) -> Bool {
        try session.produce(into: &loop.output, limitBytes: Self.writeBytes)
        let count = loop.output.count
        if count == 0 { return false }
        let isWhole = socket.write(loop.output.readable)
        loop.output.removeAll(keepingBytes: 4 * Self.writeBytes)
        server.counters.bytesWritten.add(count)
        if !isWhole { close() }
        return isWhole && !socket.isWriting && count >= Self.writeBytes
    }

    /// After writing: a finished connection is closed; a peer that takes no answers is not read.
    private func settle(_ session: ServerSession) {
        if socket.isWriting {
            let limit = server.configuration.limits.maxPendingWriteBytes
            if session.http2.queuedBytes > limit { socket.stopReading() }
        } else if session.http2.isFinished {
            if session.http2.isFaultAnnounced { leave(session) } else { close() }
        } else {
            do throws(LoopError) { try socket.startReading() } catch { close() }
        }
    }
}

extension ServerConnection {
    /// The peer broke a rule and is being told: its calls end now, its socket a moment later.
    private func leave(_ session: ServerSession) {
        isLeaving = true
        server.counters.connectionsFailed.add()
        session.connectionLost()
        socket.shutDownSending()
        do throws(LoopError) { try socket.startReading() } catch { return close() }
        closeSoon()
    }

    private func closeSoon() {
        loop.schedule(timer, at: loop.now.advanced(byNanoseconds: Self.leaveMs * 1_000_000))
    }
}

// MARK: Time

extension ServerConnection: TimerTarget {
    func timerFired() {
        guard !isClosed, let session else { return }
        if isLeaving || session.http2.isCondemned { return close() }
        server.environment.now = loop.now
        if !session.endSlowSenders() { return close() }
        switch liveness.check(now: loop.now, isBusy: session.openCalls > 0) {
        case .wait: break
        case .ping: session.http2.ping(ConnectionLiveness.pingOpaque)
        case .retire:
            server.counters.connectionsIdle.add()
            session.drain()
        case .expire:
            server.counters.connectionsAged.add()
            session.drain()
        case .drop:
            server.counters.connectionsIdle.add()
            close()
            return
        }
        loop.schedule(timer, at: nextCheck(session))
    }

    /// A slow sender is found at the latest a quarter of its time too late.
    private func nextCheck(_ session: ServerSession) -> MonotonicTime {
        let next = liveness.nextCheck(now: loop.now)
        let patienceMs = server.configuration.slowSenderTimeoutMs
        if patienceMs == 0 { return next }
        return min(
            next, loop.now.advanced(byNanoseconds: UInt64(patienceMs) * 250_000))
    }
}
