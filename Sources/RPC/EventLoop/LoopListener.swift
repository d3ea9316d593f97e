// A listening socket. Several loops may listen on one TCP port: SO_REUSEPORT lets the kernel spread
// connections over them.

internal import CUV

#if canImport(Glibc)
    private import Glibc
#endif

/// Confined to its loop.
final class LoopListener: LoopHandle {
    let kind: LoopSocket.Kind
    private let onConnection: (LoopSocket) -> Void
    private let onFailure: (LoopError) -> Void

    private static let backlog: Int32 = 1_024

    /// - Parameters:
    ///   - isIPv6: nil for a socket that is there already, see `listen(on:)`.
    ///   - onConnection: owns the socket it is given.
    ///   - onFailure: a connection could not be accepted; the listener goes on.
    init(
        loop: EventLoop, kind: LoopSocket.Kind, isIPv6: Bool? = false,
        onConnection: @escaping (LoopSocket) -> Void, onFailure: @escaping (LoopError) -> Void
    ) throws(LoopError) {
        self.kind = kind
        self.onConnection = onConnection
        self.onFailure = onFailure
        switch kind {
        case .tcp:
            // The `_ex` form makes the socket now, so that its options can be set before `bind`.
            let family = UInt32(isIPv6.map { $0 ? AF_INET6 : AF_INET } ?? AF_UNSPEC)
            try super.init(
                loop: loop, byteCount: MemoryLayout<uv_tcp_t>.size, "uv_tcp_init_ex"
            ) { uv_tcp_init_ex(loop.uv, $0.assumingMemoryBound(to: uv_tcp_t.self), family) }
        case .unix:
            try super.init(
                loop: loop, byteCount: MemoryLayout<uv_pipe_t>.size, "uv_pipe_init"
            ) { uv_pipe_init(loop.uv, $0.assumingMemoryBound(to: uv_pipe_t.self), 0) }
        }
    }

    /// - Returns: the port, chosen by the system when `address` has port 0.
    func listen(_ address: SocketAddress, sharingPort: Bool) throws(LoopError) -> Int {
        let tcp = memory.assumingMemoryBound(to: uv_tcp_t.self)
        if sharingPort { try sharePort() }
        let code = address.withPointer { uv_tcp_bind(tcp, $0, 0) }
        try LoopError.check(code, "listen on \(address.text)")
        try listen("listen on \(address.text)")
        return SocketAddress { uv_tcp_getsockname(tcp, $0, $1) }?.port ?? address.port
    }

    /// Takes over a path that a dead server left behind, not one that a living server answers.
    func listen(unixSocket path: String) throws(LoopError) {
        let pipe = memory.assumingMemoryBound(to: uv_pipe_t.self)
        // sockaddr_un's path with its terminating zero; libuv would cut it silently.
        guard path.utf8.count < 108 else {
            throw LoopError(operation: "listen on unix:\(path)", code: UV_ENAMETOOLONG.rawValue)
        }
        var code = uv_pipe_bind(pipe, path)
        if code == UV_EADDRINUSE.rawValue, Self.isAbandoned(path) {
            unlink(path)
            code = uv_pipe_bind(pipe, path)
        }
        try LoopError.check(code, "listen on unix:\(path)")
        try listen("listen on unix:\(path)")
    }

    /// Listens on a socket that somebody else made; it is that one's to close, too.
    func listen(on socket: InheritedSocket) throws(LoopError) {
        let file = try socket.duplicate()
        let code =
            switch kind {
            case .tcp: uv_tcp_open(memory.assumingMemoryBound(to: uv_tcp_t.self), file)
            case .unix: uv_pipe_open(memory.assumingMemoryBound(to: uv_pipe_t.self), file)
            }
        if code < 0 { Glibc.close(file) }
        try LoopError.check(code, "take over a socket")
        try listen("listen on a socket that was handed over")
    }

    private func listen(_ operation: String) throws(LoopError) {
        let stream = memory.assumingMemoryBound(to: uv_stream_t.self)
        let code = uv_listen(stream, Self.backlog) { stream, status in
            guard let stream else { return }
            LoopHandle.object(UnsafeMutableRawPointer(stream), as: LoopListener.self)
                .accept(status)
        }
        try LoopError.check(code, operation)
    }

    private func accept(_ status: Int32) {
        if isClosing { return }
        // A connection's time begins now, not at whatever the loop did last.
        loop.refreshNow()
        do throws(LoopError) {
            try LoopError.check(status, "accept")
            let socket = try LoopSocket(loop: loop, kind: kind)
            try take(socket)
            onConnection(socket)
        } catch {
            onFailure(error)
        }
    }

    private func take(_ socket: LoopSocket) throws(LoopError) {
        do throws(LoopError) {
            let listening = memory.assumingMemoryBound(to: uv_stream_t.self)
            try LoopError.check(uv_accept(listening, socket.uvStream), "uv_accept")
            try socket.configure()
        } catch {
            socket.close()
            throw error
        }
    }

    private func sharePort() throws(LoopError) {
        var file: uv_os_fd_t = -1
        try LoopError.check(uv_fileno(handle, &file), "uv_fileno")
        var on: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        if setsockopt(file, SOL_SOCKET, SO_REUSEPORT, &on, size) != 0 {
            throw LoopError(operation: "SO_REUSEPORT", code: -errno)
        }
    }

    /// True for a socket file that nobody listens on.
    private static func isAbandoned(_ path: String) -> Bool {
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard probe >= 0 else { return false }
        defer { Glibc.close(probe) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(probe, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return code != 0 && errno == ECONNREFUSED
    }
}
