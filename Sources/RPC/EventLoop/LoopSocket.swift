// A connected socket, TCP or Unix. Reads go into the loop's one buffer and are used up at once;
// writes leave at once as far as the kernel takes them, and only the rest is kept.

internal import CUV

#if canImport(Glibc)
    private import Glibc
#endif

protocol LoopSocketDelegate: AnyObject {
    /// Valid during the call.
    func socketReceived(_ bytes: UnsafeRawBufferPointer)
    /// The handshake of a socket that was made `secure` is done: it may be written to.
    func socketSecured()
    /// The peer is done, or the socket is broken. The owner closes it.
    func socketEnded()
    /// What was kept by `write` has left.
    func socketDrained()
    /// The socket is closed; the owner lets go of it.
    func socketClosed()
}

/// Confined to its loop.
final class LoopSocket: LoopHandle {
    enum Kind { case tcp, unix }

    let kind: Kind
    /// Kept alive by the socket while it is open: a connection lives as long as its socket.
    var delegate: (any LoopSocketDelegate)?
    /// Between the socket's bytes and its owner's; nil for a socket that is not encrypted.
    var tls: TLSSession?
    /// What went wrong with `tls`.
    var tlsFailure: TLSFailure?
    private var kept = ByteQueue()
    private var request: UnsafeMutablePointer<uv_write_t>?
    /// Bytes given to `send` are on their way.
    private(set) var isSending = false
    private var isReading = false

    private static let keptBytes = 64 * 1024
    private static let keepAliveSeconds: UInt32 = 60

    init(loop: EventLoop, kind: Kind) throws(LoopError) {
        self.kind = kind
        switch kind {
        case .tcp:
            try super.init(
                loop: loop, byteCount: MemoryLayout<uv_tcp_t>.size, "uv_tcp_init"
            ) { uv_tcp_init(loop.uv, $0.assumingMemoryBound(to: uv_tcp_t.self)) }
        case .unix:
            try super.init(
                loop: loop, byteCount: MemoryLayout<uv_pipe_t>.size, "uv_pipe_init"
            ) { uv_pipe_init(loop.uv, $0.assumingMemoryBound(to: uv_pipe_t.self), 0) }
        }
    }

    deinit { request?.deallocate() }

    var uvStream: UnsafeMutablePointer<uv_stream_t> {
        memory.assumingMemoryBound(to: uv_stream_t.self)
    }
    var uvTCP: UnsafeMutablePointer<uv_tcp_t> { memory.assumingMemoryBound(to: uv_tcp_t.self) }

    /// Small answers leave at once, and a peer that vanished is noticed by the kernel.
    func configure() throws(LoopError) {
        guard kind == .tcp else { return }
        try LoopError.check(uv_tcp_nodelay(uvTCP, 1), "uv_tcp_nodelay")
        try LoopError.check(
            uv_tcp_keepalive(uvTCP, 1, Self.keepAliveSeconds), "uv_tcp_keepalive")
    }

    var peerName: String {
        guard kind == .tcp else { return "unix:" }
        return SocketAddress { uv_tcp_getpeername(uvTCP, $0, $1) }?.text ?? "unknown"
    }

    /// Nothing may be written: earlier bytes are on their way, or the handshake is not done.
    var isWriting: Bool { isSending || tls?.isEstablished == false }

    // MARK: Reading

    func startReading() throws(LoopError) {
        if isReading || isClosing { return }
        isReading = true
        let code = uv_read_start(
            uvStream,
            { handle, _, buffer in
                guard let handle, let buffer else { return }
                let shared = LoopHandle.object(handle, as: LoopSocket.self).loop.readBuffer
                buffer.pointee.base = shared.baseAddress?.assumingMemoryBound(to: CChar.self)
                buffer.pointee.len = shared.count
            },
            { stream, count, buffer in
                guard let stream, let buffer else { return }
                LoopSocket.from(stream).didRead(count, buffer.pointee.base)
            })
        try LoopError.check(code, "uv_read_start")
    }

    func stopReading() {
        if !isReading { return }
        isReading = false
        // Documented to succeed always.
        _ = uv_read_stop(uvStream)
    }

    private func didRead(_ count: Int, _ base: UnsafeMutablePointer<CChar>?) {
        // 0 is EAGAIN: nothing came.
        if count == 0 || isClosing { return }
        loop.refreshNow()
        if count < 0 {
            isReading = false
            delegate?.socketEnded()
            return
        }
        let bytes = UnsafeRawBufferPointer(start: base, count: count)
        if let tls { decrypt(bytes, tls) } else { delegate?.socketReceived(bytes) }
    }

    // MARK: Writing

    /// Writes all of `bytes`: at once what the kernel takes, the rest when it can. Not while
    /// `isWriting`.
    /// - Returns: false when the socket is broken; the owner closes it.
    func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if let tls { encrypt(bytes, tls) } else { send(bytes) }
    }

    /// Writes without encryption. Not while `isSending`.
    func send(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if isClosing { return false }
        var buffer = Self.buffer(bytes)
        let written = Int(uv_try_write(uvStream, &buffer, 1))
        if written == bytes.count { return true }
        if written < 0 && written != Int(UV_EAGAIN.rawValue) { return false }
        return keep(UnsafeRawBufferPointer(rebasing: bytes[max(0, written)...]))
    }

    /// No more bytes will be written; the peer may still send. Not while `isWriting`.
    func shutDownSending() {
        if let tls {
            tls.end()
            // A socket that breaks here is as good as shut down.
            _ = sendSealed()
        }
        var file: uv_os_fd_t = -1
        // Either fails only for a socket that is broken already, and its owner closes it next.
        if uv_fileno(handle, &file) == 0 { _ = shutdown(file, Int32(SHUT_WR)) }
    }

    private func keep(_ rest: UnsafeRawBufferPointer) -> Bool {
        kept.append(rest)
        let request = request ?? .allocate(capacity: 1)
        self.request = request
        var buffer = Self.buffer(kept.readable)
        let code = uv_write(request, uvStream, &buffer, 1) { request, status in
            guard let stream = request?.pointee.handle else { return }
            LoopSocket.from(stream).didWrite(status)
        }
        isSending = code == 0
        return isSending
    }

    private func didWrite(_ status: Int32) {
        isSending = false
        kept.removeAll(keepingBytes: Self.keptBytes)
        if isClosing { return }
        loop.refreshNow()
        if status < 0 || !sendSealed() {
            delegate?.socketEnded()
        } else if !isWriting {
            delegate?.socketDrained()
        }
    }

    override func willClose() { sayGoodbye() }

    override func didClose() {
        let delegate = delegate
        self.delegate = nil
        delegate?.socketClosed()
    }

    static func buffer(_ bytes: UnsafeRawBufferPointer) -> uv_buf_t {
        uv_buf_t(
            base: UnsafeMutablePointer(
                mutating: bytes.baseAddress?.assumingMemoryBound(to: CChar.self)),
            len: bytes.count)
    }

    @inline(__always)
    static func from(_ stream: UnsafeMutablePointer<uv_stream_t>) -> LoopSocket {
        LoopHandle.object(
            UnsafeMutableRawPointer(stream).assumingMemoryBound(to: uv_handle_t.self),
            as: LoopSocket.self)
    }
}

extension LoopHandle {
    /// For callbacks that are given a stream or another kind of handle.
    @inline(__always)
    static func object<Object: LoopHandle>(
        _ handle: UnsafeMutableRawPointer, as type: Object.Type
    ) -> Object {
        object(handle.assumingMemoryBound(to: uv_handle_t.self), as: type)
    }
}
