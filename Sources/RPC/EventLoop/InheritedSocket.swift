internal import CUV

#if canImport(Glibc)
    private import Glibc
#endif

/// A listening socket that another process made and handed over: systemd, or the server before.
public struct InheritedSocket: Sendable {
    public enum Address: Sendable, Equatable {
        case tcp(host: String, port: Int)
        case unix
    }

    public let fileDescriptor: Int32
    public let address: Address

    /// Nil for a file that is no listening stream socket of IPv4, IPv6 or Unix.
    public init?(fileDescriptor: Int32) {
        guard Self.option(SO_ACCEPTCONN, fileDescriptor) == 1,
            Self.option(SO_TYPE, fileDescriptor) == Int32(SOCK_STREAM.rawValue)
        else { return nil }
        self.fileDescriptor = fileDescriptor
        switch Self.option(SO_DOMAIN, fileDescriptor) {
        case AF_UNIX: address = .unix
        case AF_INET, AF_INET6:
            let found = SocketAddress { address, length in
                var size = socklen_t(length.pointee)
                return getsockname(fileDescriptor, address, &size)
            }
            guard let found, let colon = found.text.lastIndex(of: ":") else { return nil }
            var host = String(found.text[..<colon])
            if host.hasPrefix("[") { host = String(host.dropFirst().dropLast()) }
            address = .tcp(host: host, port: found.port)
        default: return nil
        }
    }

    /// Another descriptor of the same socket, for a loop that closes it; not inherited by programs
    /// that are started.
    func duplicate() throws(LoopError) -> Int32 {
        let copy = fcntl(fileDescriptor, F_DUPFD_CLOEXEC, 3)
        if copy < 0 { throw LoopError(operation: "duplicate a socket", code: -errno) }
        return copy
    }

    private static func option(_ name: Int32, _ file: Int32) -> Int32? {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(file, SOL_SOCKET, name, &value, &size) == 0 ? value : nil
    }
}
