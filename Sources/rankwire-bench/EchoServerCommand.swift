import ArgumentParser
import Base
import RPC

#if canImport(Glibc)
    import Glibc
#endif

/// `rankwire-bench echo-server`: the server side of speed measurements.
struct EchoServerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "echo-server",
        abstract: "Serves /rankwire.bench.Echo/Unary, which answers each message with itself.")

    @Option(help: "Address to listen on, in digits.")
    var host = "127.0.0.1"

    @Option(help: "TCP port; 0 for one that the system chooses.")
    var port = 10_001

    @Option(help: "Event loops, each a thread, that share the port.")
    var loops = 1

    @OptionGroup var tls: TLSOptions

    func validate() throws {
        guard (0...65_535).contains(port) else {
            throw ValidationError("--port must be 0 to 65535")
        }
        guard (1...64).contains(loops) else { throw ValidationError("--loops must be 1 to 64") }
    }

    func run() throws {
        let loop = try EventLoop()
        let context = try tls.makeContext()
        let server = EchoServer.make(loop, sharesPort: loops > 1, tls: context)
        let bound = try server.listen(host: host, port: port)
        let others = try (1..<loops).map { _ in
            try EchoLoop(host: host, port: bound, tls: context)
        }
        print("listening on \(host):\(bound)")
        fflush(nil)
        try StopSignals.run(loop, draining: server)
        for other in others { other.thread.join() }
    }
}

/// An echo server on a loop thread of its own, on a port that others may share.
struct EchoLoop {
    let thread: LoopThread
    let port: Int
    private let server: LoopConfined<Server>

    private struct Ready: Sendable {
        let port: Int
        let server: LoopConfined<Server>
    }

    init(host: String, port: Int, tls: Snapshot<TLSContext>? = nil) throws {
        var ready: Ready?
        thread = try LoopThread(returning: &ready) { loop in
            let server = EchoServer.make(loop, sharesPort: true, tls: tls)
            let port = try server.listen(host: host, port: port)
            return Ready(port: port, server: LoopConfined(server, to: loop.mailbox))
        }
        guard let ready else { preconditionFailure("a started loop thread returns its result") }
        self.port = ready.port
        server = ready.server
    }
}

enum EchoServer {
    static let path = "/rankwire.bench.Echo/Unary"

    static func make(
        _ loop: EventLoop, sharesPort: Bool, tls: Snapshot<TLSContext>?
    ) -> Server {
        var configuration = ServerConfiguration()
        configuration.tls = tls
        configuration.sharesPort = sharesPort
        loop.mailbox.adoptCurrentThread()
        let echo = LoopConfined(EchoCall(), to: loop.mailbox)
        var methods = MethodRegistry()
        methods.register(path, kind: .unary) { _ in echo.value }
        return Server(configuration: configuration, methods: methods, loop: loop)
    }
}

/// Serves every call of its loop: it keeps nothing.
final class EchoCall: CallHandler {
    func received(_ message: RawSpan, on call: ServerCall) {
        call.send(message)
        call.finish()
    }
}
