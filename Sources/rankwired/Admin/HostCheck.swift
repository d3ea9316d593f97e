import FlyingFox
import Foundation
import Glibc

/// Keeps web pages of others from the admin address, which trusts whoever reaches it.
///
/// A name that a stranger owns may come to point at this machine (DNS rebinding); the browser then
/// sends that name as Host. Addresses in digits cannot be rebound, so these, localhost and configured
/// names are all that is answered. A page of another origin may send requests, but not with our type
/// of content, and browsers say where a request comes from.
struct HostCheck: Sendable {
    private let names: Set<String>

    init(extra: [String]) { names = Set(extra.map { $0.lowercased() } + ["localhost"]) }

    /// Nil for a request that may be answered.
    func refusal(_ request: HTTPRequest) -> HTTPResponse? {
        guard let host = request.headers[.host], permits(host) else {
            return .text(
                "This address is not called by that name: see admin.hosts.\n",
                status: .misdirectedRequest)
        }
        return nil
    }

    /// The same for a request that does something.
    func refusalOfCall(_ request: HTTPRequest) -> HTTPResponse? {
        let origin = request.headers[HTTPHeader("Origin")]
        let site = request.headers[HTTPHeader("Sec-Fetch-Site")]
        guard origin == nil || origin == "http://\(request.headers[.host] ?? "")",
            site == nil || site == "same-origin" || site == "none",
            // Not among the types that a form of another page can send unasked.
            request.headers[.contentType] == Playground.contentType
        else { return .text("Calls come from this address's own page.\n", status: .forbidden) }
        return nil
    }

    private func permits(_ host: String) -> Bool {
        let name = Self.name(host).lowercased()
        return names.contains(name) || Self.isAddress(name)
    }

    /// Without the port and the brackets of an IPv6 address.
    private static func name(_ host: String) -> String {
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
            return String(host[host.index(after: host.startIndex)..<end])
        }
        return String(host.prefix { $0 != ":" })
    }

    private static func isAddress(_ name: String) -> Bool {
        var address = in6_addr()
        return inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1
    }
}
