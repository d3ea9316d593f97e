import Base
import RPC
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// How calls of `SilentHandler` were ended, readable from any thread.
final class CancellationLog: Sendable {
    private let reasons = Mutex<[CancelReason]>([])
    private let started = Atomic<Int>(0)

    func note(_ reason: CancelReason) { reasons.withLock { $0.append(reason) } }
    func noteStarted() { started.add(1, ordering: .relaxed) }

    var all: [CancelReason] { reasons.withLock { $0 } }
    var startedCount: Int { started.load(ordering: .relaxed) }
}

enum EchoService {
    static func methods(log: CancellationLog = CancellationLog()) -> MethodRegistry {
        let echo = LoopFree(EchoHandler())
        var methods = MethodRegistry()
        methods.register("/test.Echo/Unary", kind: .unary) { _ in UnaryEchoHandler() }
        methods.register("/test.Echo/Both", kind: .bidirectional) { _ in echo.value }
        methods.register("/test.Echo/Length", kind: .clientStreaming) { _ in LengthHandler() }
        methods.register("/test.Echo/Countdown", kind: .serverStreaming) { _ in
            CountdownHandler()
        }
        methods.register("/test.Echo/Fail", kind: .unary) { _ in FailHandler() }
        methods.register("/test.Echo/Silent", kind: .unary) { _ in SilentHandler(log) }
        methods.register("/test.Echo/Metadata", kind: .unary) { _ in MetadataHandler() }
        methods.register("/test.Echo/Gzip", kind: .unary) { _ in GzipHandler() }
        return methods
    }
}

final class UnaryEchoHandler: CallHandler {
    func received(_ message: RawSpan, on call: ServerCall) {
        call.send(message)
        call.finish()
    }
}

/// A handler without state may be shared by calls of any loop.
struct LoopFree<Value>: @unchecked Sendable {
    // Safe for handlers without stored properties only, which is what it is used for here.
    let value: Value
    init(_ value: Value) { self.value = value }
}

/// A running server: TCP on a port of its own and a Unix socket.
final class RunningServer: Sendable {
    let port: Int
    let socketPath: String
    let log: CancellationLog
    let counters: ServerCounters
    private let thread: LoopThread
    private let server: LoopConfined<Server>

    private struct Ready: Sendable {
        let port: Int
        let counters: ServerCounters
        let server: LoopConfined<Server>
    }

    init(_ configuration: ServerConfiguration = ServerConfiguration(), port: Int = 0) throws {
        let log = CancellationLog()
        let path = "/tmp/rankwire-rpc-test-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"
        var ready: Ready?
        thread = try LoopThread(returning: &ready) { loop in
            let server = Server(
                configuration: configuration, methods: EchoService.methods(log: log), loop: loop)
            let port = try server.listen(host: "127.0.0.1", port: port)
            try server.listen(unixSocket: path)
            return Ready(
                port: port, counters: server.counters,
                server: LoopConfined(server, to: loop.mailbox))
        }
        guard let ready else { preconditionFailure("a started loop thread returns its result") }
        self.log = log
        socketPath = path
        self.port = ready.port
        counters = ready.counters
        server = ready.server
    }

    func drain(deadlineMs: Int, completion: @escaping @Sendable () -> Void) {
        let server = server
        thread.mailbox.post {
            server.value.drain(deadlineMs: deadlineMs, completion: completion)
        }
    }

    func stop() { thread.join() }

    deinit { thread.join() }
}
