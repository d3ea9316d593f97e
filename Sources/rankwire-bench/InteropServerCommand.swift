import ArgumentParser
import Base
import RPC

#if canImport(Glibc)
    import Glibc
#endif

/// `rankwire-bench interop-server`: what other implementations' interop clients are pointed at.
struct InteropServerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "interop-server",
        abstract: "Serves grpc.testing.TestService, the service of gRPC's interop test cases.")

    @Option(help: "Address to listen on, in digits.")
    var host = "127.0.0.1"

    @Option(help: "TCP port; 0 for one that the system chooses.")
    var port = 10_000

    @OptionGroup var tls: TLSOptions

    func validate() throws {
        guard (0...65_535).contains(port) else {
            throw ValidationError("--port must be 0 to 65535")
        }
    }

    func run() throws {
        let loop = try EventLoop()
        loop.mailbox.adoptCurrentThread()
        var configuration = ServerConfiguration()
        configuration.tls = try tls.makeContext()
        let server = Server(
            configuration: configuration, methods: .interop(on: loop), loop: loop)
        let port = try server.listen(host: host, port: port)
        print("listening on \(host):\(port)")
        fflush(nil)
        try StopSignals.run(loop, draining: server)
    }
}

/// Runs a loop until SIGTERM or SIGINT, and lets the calls under way finish.
enum StopSignals {
    private static let drainMs = 2_000

    static func run(_ loop: EventLoop, draining server: Server) throws {
        var isDraining = false
        let drain = {
            if isDraining { return }
            isDraining = true
            server.drain(deadlineMs: drainMs) { loop.stop() }
        }
        let terminate = try LoopSignal(SIGTERM, on: loop, drain)
        let interrupt = try LoopSignal(SIGINT, on: loop, drain)
        loop.run()
        withExtendedLifetime((terminate, interrupt)) {}
        report(server.counters)
    }

    /// What a test reads to see that nothing was left over.
    private static func report(_ counters: ServerCounters) {
        print(
            "calls \(counters.callsStarted.value) finished \(counters.callsFinished.value) "
                + "cancelled \(counters.callsCancelled.value) "
                + "expired \(counters.callsExpired.value) "
                + "rejected \(counters.callsRejected.value) "
                + "connections \(counters.connectionsAccepted.value) "
                + "closed \(counters.connectionsClosed.value) "
                + "refused \(counters.connectionsRefused.value)")
    }
}
