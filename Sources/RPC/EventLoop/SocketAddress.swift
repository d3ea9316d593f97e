internal import CUV

#if canImport(Glibc)
    private import Glibc
#endif

/// A numeric TCP address. Names are looked up by `NameLookup`.
struct SocketAddress {
    private var storage = sockaddr_storage()

    /// - Parameter host: an IPv4 or IPv6 address in digits.
    init(host: String, port: Int) throws(LoopError) {
        let code = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                uv_ip4_addr(host, Int32(port), $0)
            }
        }
        if code == 0 { return }
        let code6 = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                uv_ip6_addr(host, Int32(port), $0)
            }
        }
        try LoopError.check(code6, "address \(host):\(port)")
    }

    init(copying address: UnsafePointer<sockaddr>, byteCount: Int) {
        withUnsafeMutableBytes(of: &storage) { bytes in
            bytes.copyMemory(
                from: UnsafeRawBufferPointer(
                    start: address, count: min(byteCount, bytes.count)))
        }
    }

    /// Filled in by `uv_tcp_getpeername` and the like.
    init?(_ read: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<Int32>) -> Int32) {
        var length = Int32(MemoryLayout<sockaddr_storage>.size)
        let code = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { read($0, &length) }
        }
        if code != 0 { return nil }
    }

    var isIPv6: Bool { storage.ss_family == sa_family_t(AF_INET6) }

    var port: Int {
        withPointer { address in
            if isIPv6 {
                return address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                    Int(UInt16(bigEndian: $0.pointee.sin6_port))
                }
            }
            return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                Int(UInt16(bigEndian: $0.pointee.sin_port))
            }
        }
    }

    /// `127.0.0.1:80` or `[::1]:80`.
    var text: String {
        var name = [CChar](repeating: 0, count: 64)
        let code = withPointer { uv_ip_name($0, &name, name.count) }
        if code != 0 { return "unknown" }
        let host = String(
            decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>) -> Result) -> Result {
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) }
        }
    }
}
