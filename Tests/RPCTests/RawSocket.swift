#if canImport(Glibc)
    import Glibc
#endif

/// A blocking TCP socket for what no gRPC client does.
final class RawSocket {
    private let file: Int32

    /// Nil when nobody listens on `port`.
    init?(port: Int) {
        file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(
            file, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        if code != 0 { return nil }
    }

    deinit { close(file) }

    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(file, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return }
            sent += count
        }
    }

    /// Everything until the server closes; nil when it has not within ten seconds.
    func readToEnd() -> [UInt8]? {
        var all: [UInt8] = []
        while let piece = read() {
            if piece.isEmpty { return all }
            all += piece
        }
        return nil
    }

    /// What comes next; empty at the end, nil after ten seconds of nothing.
    func read() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(file, &buffer, buffer.count, 0)
        if count < 0 { return errno == ECONNRESET ? [] : nil }
        return Array(buffer.prefix(count))
    }

    /// Reads until `condition` holds for the frames so far.
    func readFrames(until condition: ([RawFrame]) -> Bool) -> [RawFrame] {
        var bytes: [UInt8] = []
        while true {
            let frames = RawFrame.parse(bytes).frames
            if condition(frames) { return frames }
            guard let piece = read(), !piece.isEmpty else { return frames }
            bytes += piece
        }
    }

    /// No more bytes from here; the other direction stays open.
    func shutDownSending() { shutdown(file, Int32(SHUT_WR)) }
}
