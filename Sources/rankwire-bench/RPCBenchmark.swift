import ArgumentParser
import Base
import RPC

#if canImport(Glibc)
    import Glibc
#endif

/// `rankwire-bench rpc`: calls a second of the echo method, and what each costs the server's CPU; or
/// of ScoreItems, by a running server. `Benchmarks/rpc` puts both beside other servers.
struct RPCBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rpc",
        abstract: "Measures calls with h2load (Debian: nghttp2-client) as the load.",
        discussion: """
            Without --server the echo method of a server of its own. With it ScoreItems of a running \
            rankwired, whose answers are checked before and after:
              rankwire-bench rpc --server 127.0.0.1:7420 --user 1935 --item 1009368 --item 938849
            """)

    @Option(help: "Ask this rankwired for a ranking: HOST:PORT.")
    var server: String?

    @Option(help: "The stored user of the ranking.")
    var user: String?

    @Option(help: "An item of the catalogue to rank; give as many as a request shall have.")
    var item: [String] = []

    @Option(help: "Event loops, each a thread.")
    var loops = 1

    @Option(help: "Connections.")
    var connections = 4

    @Option(help: "Calls under way on each connection.")
    var streams = 32

    @Option(help: "Calls in a round.")
    var calls = 200_000

    @Option(help: "Rounds; the median is what counts.")
    var rounds = 5

    @Option(help: "Bytes of the request's message, and of the reply's.")
    var bytes = 60

    func validate() throws {
        let all = [
            ("--loops", loops, 64), ("--connections", connections, 10_000),
            ("--streams", streams, 256), ("--calls", calls, 1_000_000_000),
            ("--rounds", rounds, 1_000), ("--bytes", bytes, 4_000_000),
        ]
        for (name, value, largest) in all where !(1...largest).contains(value) {
            throw ValidationError("\(name) must be 1 to \(largest)")
        }
        guard (server == nil) == (user == nil), (server == nil) == item.isEmpty else {
            throw ValidationError("--server, --user and --item go together")
        }
    }

    func run() throws {
        if let server, let user { try score(server, user) } else { try echo() }
    }

    private func score(_ server: String, _ user: String) throws {
        let question = ScoringQuestion(user: user, items: item)
        let answer = try question.answer(from: server)
        let body = try MessageFile(question.message)
        var rates: [Double] = []
        for _ in 0..<rounds {
            rates.append(try load(server, ScoringQuestion.path, body: body.path))
            print("\(Int(rates[rates.count - 1])) calls/s")
        }
        guard try question.answer(from: server) == answer else {
            throw Fault(.internal, reason: "ANSWERS_DIFFER", "answers changed under load")
        }
        print(
            "median of \(rounds): \(Int(rates.sorted()[rounds / 2])) calls/s, \(item.count) items, "
                + "\(connections) x \(streams); all were ranked, before and after: \(answer)")
    }

    private func echo() throws {
        let first = try EchoLoop(host: "127.0.0.1", port: 0)
        let others = try (1..<loops).map { _ in
            try EchoLoop(host: "127.0.0.1", port: first.port)
        }
        let body = try MessageFile([UInt8](repeating: 0x78, count: bytes))
        var results: [Round] = []
        for _ in 0..<rounds {
            let before = Self.processCPUSeconds()
            let rate = try load(
                "127.0.0.1:\(first.port)", EchoServer.path, body: body.path)
            let spent = (Self.processCPUSeconds() - before) * 1e6 / Double(calls)
            results.append(Round(callsPerSecond: rate, cpuMicrosPerCall: spent))
            print("\(Int(rate)) calls/s, \(Self.rounded(spent)) us of CPU a call")
        }
        let rate = results.map(\.callsPerSecond).sorted()[rounds / 2]
        let cost = results.map(\.cpuMicrosPerCall).sorted()[rounds / 2]
        print(
            "median of \(rounds): \(Int(rate)) calls/s, \(Self.rounded(cost)) us of CPU a call, "
                + "\(loops) loops, \(connections) x \(streams), \(bytes) bytes")
        for loop in [first] + others { loop.thread.join() }
    }

    private struct Round {
        var callsPerSecond: Double
        var cpuMicrosPerCall: Double
    }

    /// Runs h2load once.
    /// - Returns: calls a second, all of them answered with 200.
    private func load(_ address: String, _ path: String, body: String) throws -> Double {
        let command =
            "h2load -n \(calls) -c \(connections) -m \(streams) -t 1 -d \(body) "
            + "-H 'content-type: application/grpc' -H 'te: trailers' "
            + "http://\(address)\(path) 2>&1"
        guard let pipe = popen(command, "r") else {
            throw Fault(.unavailable, reason: "NO_LOAD", "h2load cannot be started")
        }
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = fread(&buffer, 1, buffer.count, pipe)
            if count == 0 { break }
            output += buffer.prefix(count)
        }
        let code = pclose(pipe)
        let text = String(decoding: output, as: UTF8.self)
        guard code == 0, text.contains("status codes: \(calls) 2xx"),
            let rate = Self.number(before: "req/s", in: text)
        else { throw Fault(.internal, reason: "LOAD_FAILED", "h2load failed:\n\(text)") }
        return rate
    }

    /// The word before the one that begins with `unit`.
    private static func number(before unit: String, in text: String) -> Double? {
        let words = text.split { $0 == " " || $0 == "\n" }
        guard let index = words.firstIndex(where: { $0.hasPrefix(unit) }), index > 0 else {
            return nil
        }
        return Double(words[index - 1])
    }

    private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    /// User and system time of this process, which is the server: the load is another.
    private static func processCPUSeconds() -> Double {
        var time = timespec()
        // Fails only for a clock that the kernel does not have.
        precondition(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// A file with one length-prefixed message, gone with the object.
private final class MessageFile {
    let path: String

    init(_ message: [UInt8]) throws {
        var name = Array("/tmp/rankwire-bench-XXXXXX".utf8CString)
        let file = mkstemp(&name)
        path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let length = UInt32(message.count)
        let bytes = [0] + [24, 16, 8, 0].map { UInt8(length >> $0 & 0xFF) } + message
        guard file >= 0, write(file, bytes, bytes.count) == bytes.count, close(file) == 0 else {
            throw Fault(.internal, reason: "NO_FILE", "\(path) cannot be written")
        }
    }

    deinit { unlink(path) }
}
