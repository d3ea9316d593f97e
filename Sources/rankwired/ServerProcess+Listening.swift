import Base
import Foundation
import Logging
import RPC

extension ServerProcess {
    /// Sockets that a service manager handed over go before the settings.
    /// - Parameters:
    ///   - port: instead of the setting's, for a loop that shares the first one's.
    ///   - isFirst: this loop has what is not shared.
    /// - Returns: the port; 0 without a TCP address.
    func listen(_ server: Server, port: Int?, isFirst: Bool) throws -> Int {
        if !manager.sockets.isEmpty { return try takeOver(server) }
        let hasUnixSocket = !settings[.unixSocket].isEmpty
        if isFirst, hasUnixSocket { try server.listen(unixSocket: settings[.unixSocket]) }
        if settings[.listen].isEmpty {
            guard hasUnixSocket else {
                throw Fault.invalid("listen", "neither a TCP address nor a Unix socket is set")
            }
            return 0
        }
        guard let address = ListenAddress(settings[.listen]) else {
            throw Fault.invalid("listen", "\"\(settings[.listen])\" is not HOST:PORT")
        }
        try security.check(host: address.host)
        return try server.listen(host: address.host, port: port ?? address.port)
    }

    /// Every loop accepts from all of them.
    private func takeOver(_ server: Server) throws -> Int {
        var found = 0
        for socket in manager.sockets {
            if case .tcp(let host, let port) = socket.address {
                try security.check(host: host)
                found = port
            }
            try server.listen(on: socket)
        }
        return found
    }

    /// Scripts wait for these lines.
    func announce(port: Int) {
        if !manager.sockets.isEmpty {
            for socket in manager.sockets {
                switch socket.address {
                case .tcp(let host, let port):
                    logger.info("listening on \(host):\(port), handed over")
                case .unix: logger.info("listening on a Unix socket, handed over")
                }
            }
            return
        }
        if let colon = settings[.listen].lastIndex(of: ":") {
            logger.info("listening on \(settings[.listen][..<colon]):\(port)")
        }
        if !settings[.unixSocket].isEmpty {
            logger.info("listening on unix:\(settings[.unixSocket])")
        }
    }

    /// Nil where no admin address is set.
    func startAdmin(_ loops: [Loop], privateSocket: String?) async throws -> AdminServer? {
        guard let address = ListenAddress(settings[.adminListen]) else { return nil }
        let metrics = Metrics(
            state: state, profiles: profiles, callers: security.callers,
            loops: loops.map(\.parts.figures), log: calls)
        let admin = try AdminServer(
            address,
            extraHosts: settings[.adminHosts].split(separator: ",").map {
                $0.trimmingCharacters(in: .whitespaces)
            },
            metrics: metrics, playground: try privateSocket.map(Playground.init), logger: logger)
        let port = try await admin.start()
        let host = address.host.contains(":") ? "[\(address.host)]" : address.host
        logger.info(
            "admin on http://\(host):\(port)\(privateSocket == nil ? ", without the page" : "")")
        return admin
    }
}
