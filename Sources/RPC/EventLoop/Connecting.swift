// Opening a connection: a name is looked up, then each of its addresses is tried in turn.

internal import CUV

#if canImport(Glibc)
    private import Glibc
#endif

/// One attempt to connect. Confined to its loop; keeps itself alive until it has called back.
final class Connecting {
    private let loop: EventLoop
    private let target: String
    private var addresses: [SocketAddress] = []
    private var completion: ((Result<LoopSocket, LoopError>) -> Void)?
    private var socket: LoopSocket?
    private let lookup = UnsafeMutablePointer<uv_getaddrinfo_t>.allocate(capacity: 1)
    private let request = UnsafeMutablePointer<uv_connect_t>.allocate(capacity: 1)
    private var lastFailure: LoopError?

    private init(
        loop: EventLoop, target: String,
        completion: @escaping (Result<LoopSocket, LoopError>) -> Void
    ) {
        self.loop = loop
        self.target = target
        self.completion = completion
    }

    deinit {
        lookup.deallocate()
        request.deallocate()
    }

    /// - Parameter completion: called once, later, on the loop. It owns the socket.
    static func tcp(
        loop: EventLoop, host: String, port: Int,
        completion: @escaping (Result<LoopSocket, LoopError>) -> Void
    ) {
        let attempt = Connecting(loop: loop, target: "\(host):\(port)", completion: completion)
        attempt.look(up: host, port: port)
    }

    static func unix(
        loop: EventLoop, path: String,
        completion: @escaping (Result<LoopSocket, LoopError>) -> Void
    ) {
        let attempt = Connecting(loop: loop, target: "unix:\(path)", completion: completion)
        attempt.connect(unixSocket: path)
    }

    // MARK: Names

    private func look(up host: String, port: Int) {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        lookup.pointee.data = Unmanaged.passRetained(self).toOpaque()
        let code = uv_getaddrinfo(
            loop.uv, lookup,
            { request, status, found in
                guard let data = request?.pointee.data else { return }
                let attempt = Unmanaged<Connecting>.fromOpaque(data).takeRetainedValue()
                attempt.didLook(status, found)
                uv_freeaddrinfo(found)
            }, host, String(port), &hints)
        if code < 0 {
            Unmanaged.passUnretained(self).release()
            failLater(code)
        }
    }

    private func didLook(_ status: Int32, _ found: UnsafeMutablePointer<addrinfo>?) {
        if status < 0 {
            finish(.failure(LoopError(operation: "look up \(target)", code: status)))
            return
        }
        var next = found
        while let entry = next {
            if let address = entry.pointee.ai_addr {
                addresses.append(
                    SocketAddress(copying: address, byteCount: Int(entry.pointee.ai_addrlen)))
            }
            next = entry.pointee.ai_next
        }
        addresses.reverse()
        connectNext()
    }

    // MARK: Addresses

    private func connectNext() {
        guard let address = addresses.popLast() else {
            finish(
                .failure(
                    lastFailure
                        ?? LoopError(
                            operation: "connect to \(target)",
                            code: UV_EADDRNOTAVAIL.rawValue)))
            return
        }
        attempt(.tcp) { socket in
            address.withPointer { uv_tcp_connect(request, socket.uvTCP, $0, Self.didConnect) }
        }
    }

    private func connect(unixSocket path: String) {
        attempt(.unix) { socket in
            let pipe = socket.memory.assumingMemoryBound(to: uv_pipe_t.self)
            // Reports its failures through the callback, as it returns nothing.
            uv_pipe_connect(request, pipe, path, Self.didConnect)
            return 0
        }
    }

    private func attempt(_ kind: LoopSocket.Kind, _ start: (LoopSocket) -> Int32) {
        do throws(LoopError) {
            let socket = try LoopSocket(loop: loop, kind: kind)
            self.socket = socket
            request.pointee.data = Unmanaged.passRetained(self).toOpaque()
            let code = start(socket)
            if code < 0 {
                Unmanaged.passUnretained(self).release()
                socket.close()
                failLater(code)
            }
        } catch {
            failLater(error.code)
        }
    }

    private static let didConnect: uv_connect_cb = { request, status in
        guard let data = request?.pointee.data else { return }
        Unmanaged<Connecting>.fromOpaque(data).takeRetainedValue().connected(status)
    }

    private func connected(_ status: Int32) {
        guard let socket else { return }
        self.socket = nil
        do throws(LoopError) {
            try LoopError.check(status, "connect to \(target)")
            try socket.configure()
            finish(.success(socket))
        } catch {
            lastFailure = error
            socket.close()
            if status == UV_ECANCELED.rawValue || addresses.isEmpty {
                finish(.failure(error))
            } else {
                connectNext()
            }
        }
    }

    // MARK: The end

    /// The completion never runs inside the call that asked for it.
    private func failLater(_ code: Int32) {
        let error = LoopError(operation: "connect to \(target)", code: code)
        loop.schedule(afterMs: 0) { self.finish(.failure(error)) }
    }

    private func finish(_ result: Result<LoopSocket, LoopError>) {
        let completion = completion
        self.completion = nil
        completion?(result)
    }
}
