// What `GRPCClient` keeps on its loop: the one connection, the calls that wait for it, and the rule
// for trying again.

internal import Base

/// Confined to the client's loop.
final class ClientCore {
    private let loop: EventLoop
    private let target: ClientTarget
    let configuration: ClientConfiguration
    private var connection: ClientConnection?
    private var waiting: [(Result<ClientConnection, LoopError>) -> Void] = []
    private var random: SeededRandom
    private(set) var openCalls = 0

    init(loop: EventLoop, target: ClientTarget, configuration: ClientConfiguration) {
        self.loop = loop
        self.target = target
        self.configuration = configuration
        // Jitter only: its use is that two clients do not share it.
        random = SeededRandom(seed: loop.time.now().nanoseconds)
    }

    /// Calls back, now or later, with a connection that takes calls.
    func withConnection(_ body: @escaping (Result<ClientConnection, LoopError>) -> Void) {
        if let connection, connection.isOpen { return body(.success(connection)) }
        waiting.append(body)
        if waiting.count == 1 { connect() }
    }

    private func connect() {
        connection = ClientConnection(
            loop: loop, target: target, configuration: configuration,
            onOpen: { [weak self] error in self?.opened(error) },
            // The next call opens a new one; this one finishes what it has.
            onClosed: {})
    }

    private func opened(_ error: LoopError?) {
        guard let connection else { return }
        let told = waiting
        waiting = []
        for body in told { body(error.map { .failure($0) } ?? .success(connection)) }
    }

    func close() {
        connection?.close()
        connection = nil
    }

    /// - Returns: false when there are too many.
    func admit() -> Bool {
        if openCalls >= configuration.maxOpenCalls { return false }
        openCalls += 1
        return true
    }

    func release() { openCalls -= 1 }

    /// How long to wait before trying again after `status`; nil to give up. A server's own
    /// `grpc-retry-pushback-ms` has the last word (gRFC A6).
    func backoffMs(attempt: Int, _ status: RPCStatus, _ trailers: Metadata) -> Int? {
        guard status.code == .unavailable, attempt < configuration.maxAttempts else { return nil }
        if let pushback = trailers["grpc-retry-pushback-ms"] {
            guard let ms = Int(pushback), ms >= 0 else { return nil }
            return ms
        }
        let largest = configuration.retryBackoffMs << min(attempt - 1, 10)
        return Int.random(in: largest / 2...largest, using: &random)
    }

    func schedule(afterMs: Int, _ action: @escaping () -> Void) {
        loop.schedule(afterMs: afterMs, action)
    }

    var now: MonotonicTime { loop.time.now() }
}
