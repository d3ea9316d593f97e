// The admin address: metrics, liveness, readiness, and the page for people. HTTP/1.1 by FlyingFox, on
// threads of its own; nothing here waits for an event loop, so it answers when they do not.

import Base
import FlyingFox
import FlyingSocks
import Foundation
import Logging
import Service

final class AdminServer: Sendable {
    /// How it is reached.
    let address: ListenAddress
    private let server: HTTPServer
    private let hosts: HostCheck
    private let metrics: Metrics
    private let playground: Playground?
    private let logger: Logger

    private static let requestSeconds: TimeInterval = 15
    private static let startTime = Duration.seconds(10)
    private static let tooLate = Fault.invalid("admin.listen", "it takes too long")

    /// - Parameter playground: nil where there is no page.
    init(
        _ address: ListenAddress, extraHosts: [String], metrics: Metrics, playground: Playground?,
        logger: Logger
    ) throws {
        self.address = address
        self.metrics = metrics
        self.playground = playground
        self.logger = logger
        hosts = HostCheck(extra: extraHosts)
        let host = address.host == "localhost" ? "127.0.0.1" : address.host
        let port = UInt16(address.port)
        server =
            host.contains(":")
            ? HTTPServer(
                address: try .inet6(ip6: host, port: port), timeout: Self.requestSeconds,
                logger: .disabled)
            : HTTPServer(
                address: try .inet(ip4: host, port: port), timeout: Self.requestSeconds,
                logger: .disabled)
    }

    /// Returns when it listens.
    /// - Returns: the port.
    func start() async throws -> Int {
        await route("GET", "/metrics") { [metrics] _ in
            .text(metrics.text(), "text/plain; version=0.0.4; charset=utf-8")
        }
        await route("GET", "/livez") { _ in .text("alive\n") }
        await route("GET", "/readyz") { [state = metrics.state] _ in
            state.isDraining.load()
                ? .text("draining\n", status: .serviceUnavailable) : .text("ready\n")
        }
        if let playground { await add(playground) }
        let failed = Snapshot<(any Error)?>(nil)
        Task { [server, logger] in
            do { try await server.run() } catch {
                failed.store(error)
                logger.debug("the admin address is closed: \(error)")
            }
        }
        let clock = ContinuousClock()
        let deadline = clock.now + Self.startTime
        while await !server.isListening {
            if let error = failed.load() ?? (clock.now > deadline ? AdminServer.tooLate : nil) {
                throw Fault.invalid(
                    "admin.listen", "cannot listen on \(address.host):\(address.port): \(error)")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        return switch await server.listeningAddress {
        case .ip4(_, let port), .ip6(_, let port): Int(port)
        default: address.port
        }
    }

    func stop() async { await server.stop() }

    private func add(_ playground: Playground) async {
        let page = Data(PackageResources.page_html)
        await route("GET", "/") { _ in
            var response = HTTPResponse.text("", "text/html; charset=utf-8")
            response.payload = .httpBody(HTTPBodySequence(data: page))
            // The page is whole in itself and talks to nobody else; nobody else may frame it.
            response.headers[HTTPHeader("Content-Security-Policy")] =
                "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
                + "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
                + "frame-ancestors 'none'"
            response.headers[HTTPHeader("Referrer-Policy")] = "no-referrer"
            return response
        }
        await route("POST", "/call/*") { [hosts] request in
            if let refusal = hosts.refusalOfCall(request) { return refusal }
            return await playground.answer(request)
        }
    }

    private func route(
        _ method: String, _ path: String,
        _ answer: @escaping @Sendable (HTTPRequest) async -> HTTPResponse
    ) async {
        await server.appendRoute(path, for: [HTTPMethod(method)]) { [hosts] request in
            if let refusal = hosts.refusal(request) { return refusal }
            return await answer(request)
        }
    }
}

extension HTTPResponse {
    static func text(
        _ text: String, _ type: String = "text/plain; charset=utf-8",
        status: HTTPStatusCode = .ok
    ) -> HTTPResponse {
        HTTPResponse(
            statusCode: status,
            headers: [
                .contentType: type, .cacheControl: "no-store",
                HTTPHeader("X-Content-Type-Options"): "nosniff",
            ], body: Data(text.utf8))
    }
}
