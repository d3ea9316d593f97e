import Base

@testable import RPC

/// Time that stands still unless a test moves it.
final class HeldTime: TimeSource, @unchecked Sendable {
    // Safe: used by one thread of one test.
    var current = MonotonicTime(nanoseconds: 1_000_000_000)

    func now() -> MonotonicTime { current }
    func unixNanoseconds() -> Int64 { 0 }
}

/// A server's session without sockets: raw frames in, raw frames out, time by hand.
final class SessionBench: ServerSessionDelegate {
    let environment: ServerEnvironment
    let timers = TimerQueue()
    let log = CancellationLog()
    private(set) var session: ServerSession?
    private(set) var wantsWrite = false
    private(set) var isEstablished = false
    private let fields = FieldReader()
    private var unparsed: [UInt8] = []

    convenience init(limits: Limits, settings: HTTP2Settings = HTTP2Settings()) throws {
        var configuration = ServerConfiguration()
        configuration.limits = limits
        try self.init(configuration, settings: settings)
    }

    init(
        _ configuration: ServerConfiguration = ServerConfiguration(),
        settings: HTTP2Settings = HTTP2Settings()
    ) throws {
        let mailbox = LoopMailbox(wake: {})
        mailbox.adoptCurrentThread()
        environment = ServerEnvironment(
            methods: EchoService.methods(log: log), limits: ServerLimits(configuration),
            mailbox: mailbox, timers: timers, counters: ServerCounters(),
            now: MonotonicTime(nanoseconds: 1_000_000_000))
        session = try ServerSession(
            environment: environment, settings: settings, peer: "test", delegate: self)
    }

    deinit {
        session?.connectionLost()
        environment.close()
    }

    func sessionWantsWrite() { wantsWrite = true }
    func sessionEstablished() { isEstablished = true }

    /// The preface and empty SETTINGS, and what the server says to them.
    @discardableResult
    func greet() throws -> [RawFrame] {
        try receive(RawFrame.preface + RawFrame.settings.bytes)
        let greeting = try answer()
        // Our settings hold once they are acknowledged.
        try receive(RawFrame(.settings, flags: RawFrame.acknowledge))
        return greeting
    }

    func receive(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try session?.receive($0) }
    }

    func receive(_ frames: RawFrame...) throws { try receive(frames.flatMap(\.bytes)) }

    /// Everything the session wants to send.
    func answer() throws -> [RawFrame] {
        wantsWrite = false
        var output = ByteQueue()
        while true {
            let before = output.count
            try session?.produce(into: &output, limitBytes: before + 65_536)
            if output.count == before { break }
        }
        let (frames, rest) = RawFrame.parse(unparsed + Array(output.readable))
        unparsed = rest
        return frames
    }

    func exchange(_ frames: RawFrame...) throws -> [RawFrame] {
        try receive(frames.flatMap(\.bytes))
        return try answer()
    }

    /// The fields of every block of `stream`. All blocks are read, in order, for HPACK's sake: once
    /// for each answer.
    func headers(_ frames: [RawFrame], _ stream: UInt32) -> [[String: String]] {
        frames.filter { $0.isA(.headers) }.map { ($0.stream, read($0)) }
            .filter { $0.0 == stream }.map(\.1)
    }

    func body(_ frames: [RawFrame], _ stream: UInt32) -> [UInt8] {
        frames.filter { $0.isA(.data) && $0.stream == stream }.flatMap(\.payload)
    }

    func status(_ frames: [RawFrame], _ stream: UInt32) -> String? {
        headers(frames, stream).last?["grpc-status"]
    }

    /// HEADERS must be read in the order they came: HPACK has state.
    func read(_ frame: RawFrame) -> [String: String] { fields.read(frame) }

    func advance(ms: Int) {
        environment.now = environment.now.advanced(byNanoseconds: UInt64(ms) * 1_000_000)
        timers.fire(now: environment.now)
    }
}
