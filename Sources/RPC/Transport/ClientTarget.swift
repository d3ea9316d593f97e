public import Base

/// Where a server listens.
public enum ClientTarget: Sendable, Equatable, CustomStringConvertible {
    case tcp(host: String, port: Int)
    case unix(path: String)

    /// Reads `host:port`, `[ipv6]:port`, `unix:path` or `unix:///path`.
    /// - Throws: INVALID_ARGUMENT that says what is wrong.
    public init(_ text: String) throws(Fault) {
        if text.hasPrefix("unix:") {
            var path = text.dropFirst(5)
            if path.hasPrefix("//") { path = path.dropFirst(2) }
            guard !path.isEmpty else { throw .invalid("target", "unix: is followed by a path") }
            self = .unix(path: String(path))
            return
        }
        guard let colon = text.lastIndex(of: ":") else {
            throw .invalid("target", "'\(text)' is not host:port or unix:path")
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, let port = UInt16(text[text.index(after: colon)...]), port > 0 else {
            throw .invalid("target", "'\(text)' is not host:port or unix:path")
        }
        self = .tcp(host: String(host), port: Int(port))
    }

    public var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }

    /// Whom a certificate must name.
    var host: String {
        switch self {
        case .tcp(let host, _): host
        case .unix: "localhost"
        }
    }

    /// What `:authority` says.
    var authority: String {
        if case .unix = self { "localhost" } else { description }
    }
}
