// A socket with TLS: what it reads goes through its session to the owner, what the owner writes
// through the session to it. The session's output is put together in memory that the sockets of a
// loop share, as their reads are.

internal import CUV

extension LoopSocket {
    /// Output of a session that may wait for a peer who does not read: answers to its key updates.
    private static let maxWaitingBytes = 64 * 1024

    /// Encrypts from here on. Before the first byte is read or written; a client's handshake begins.
    func secure(_ session: TLSSession, isClient: Bool) throws(TLSFailure) {
        tls = session
        if !isClient { return }
        try session.start()
        if !sendSealed() { throw TLSFailure("TLS handshake: the socket is broken") }
    }

    func decrypt(_ bytes: UnsafeRawBufferPointer, _ session: TLSSession) {
        let wasEstablished = session.isEstablished
        do throws(TLSFailure) {
            try session.receive(bytes)
            if session.isEstablished, !wasEstablished {
                // The owner writes next, and what it writes follows the handshake's last words.
                guard sendSealed() else { return fail(nil) }
                delegate?.socketSecured()
            }
            while !isClosing {
                let count = try session.open(into: loop.plainBuffer)
                if count == 0 { break }
                delegate?.socketReceived(
                    UnsafeRawBufferPointer(rebasing: loop.plainBuffer[..<count]))
            }
        } catch { return fail(error) }
        if !isClosing, !sendSealed() { fail(nil) }
    }

    /// - Returns: false when the socket is broken; the owner closes it.
    func encrypt(_ bytes: UnsafeRawBufferPointer, _ session: TLSSession) -> Bool {
        // Empty between events, and as large as what was sealed last.
        if session.outgoing.isEmpty { swap(&session.outgoing, &loop.sealed) }
        do throws(TLSFailure) {
            try session.seal(bytes)
        } catch {
            tlsFailure = error
            return false
        }
        return sendSealed()
    }

    /// Sends what the session has for the peer, unless earlier bytes are still on their way.
    /// - Returns: false when the socket is broken.
    func sendSealed() -> Bool {
        guard let session = tls, !session.outgoing.isEmpty else { return true }
        if isSending { return session.outgoing.count <= Self.maxWaitingBytes }
        let isWhole = send(session.outgoing.readable)
        session.outgoing.removeAll(keepingBytes: EventLoop.sealedBytes)
        if session.outgoing.capacity > loop.sealed.capacity {
            swap(&session.outgoing, &loop.sealed)
        }
        session.outgoing.removeAll(keepingBytes: 0)
        return isWhole
    }

    /// The peer hears that this is the end and no cut, if the kernel takes it at once.
    func sayGoodbye() {
        guard let session = tls, !isSending else { return }
        session.end()
        if session.outgoing.isEmpty { return }
        var buffer = Self.buffer(session.outgoing.readable)
        // What does not leave now is not missed: the socket closes.
        _ = uv_try_write(uvStream, &buffer, 1)
        session.outgoing.removeAll(keepingBytes: 0)
    }

    /// - Parameter failure: nil when it is the socket that broke.
    private func fail(_ failure: TLSFailure?) {
        if isClosing { return }
        tlsFailure = failure
        // The alert; whether it arrives does not matter any more.
        _ = sendSealed()
        delegate?.socketEnded()
    }
}
