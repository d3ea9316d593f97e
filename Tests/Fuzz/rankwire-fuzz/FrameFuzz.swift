// The whole way from a socket's bytes to a handler: guard, HTTP/2, gRPC, answers. No call may be left
// over, whatever came.

import Base

@testable import RPC

enum FrameFuzz {
    private static let preface =
        Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [
            0, 0, 0, 4, 0, 0, 0, 0, 0,
        ]

    /// The first byte says how the rest is cut.
    static func run(_ bytes: UnsafeRawBufferPointer) {
        guard let first = bytes.first else { return }
        let bench = FuzzSession()
        bench.receive(preface[...])
        var rest = Array(bytes.dropFirst())[...]
        let step = Int(first % 64) + 1
        while !rest.isEmpty {
            bench.receive(first & 0x80 == 0 ? rest : rest.prefix(step))
            rest = first & 0x80 == 0 ? [] : rest.dropFirst(step)
        }
        bench.end()
    }
}

/// One connection without its socket. Time stands still.
private final class FuzzSession: ServerSessionDelegate {
    private let environment: ServerEnvironment
    private let timers = TimerQueue()
    private var session: ServerSession?
    private var isBroken = false

    init() {
        let mailbox = LoopMailbox(wake: {})
        mailbox.adoptCurrentThread()
        var methods = MethodRegistry()
        methods.register("/e/u", kind: .unary) { _ in FuzzEcho(finishesAtOnce: true) }
        methods.register("/e/b", kind: .bidirectional) { _ in FuzzEcho(finishesAtOnce: false) }
        var configuration = ServerConfiguration()
        configuration.limits.maxMessageBytes = 64 * 1024
        environment = ServerEnvironment(
            methods: methods, limits: ServerLimits(configuration), mailbox: mailbox,
            timers: timers, counters: ServerCounters(), now: MonotonicTime(nanoseconds: 1))
        session = try? ServerSession(
            environment: environment, settings: configuration.http2, peer: "fuzz", delegate: self)
    }

    func sessionWantsWrite() {}
    func sessionEstablished() {}

    func receive(_ bytes: ArraySlice<UInt8>) {
        guard let session, !isBroken, !session.http2.isFinished else { return }
        do throws(HTTP2Failure) {
            let result: Result<Void, HTTP2Failure> = bytes.withUnsafeBytes { bytes in
                Result { () throws(HTTP2Failure) in try session.receive(bytes) }
            }
            try result.get()
            var output = ByteQueue()
            try session.produce(into: &output, limitBytes: 64 * 1024)
        } catch {
            isBroken = true
        }
    }

    func end() {
        session?.connectionLost()
        let counters = environment.counters
        precondition(session?.openCalls == 0, "a call outlived its connection")
        precondition(session?.gatheredBytes == 0, "gathered bytes are counted wrongly")
        precondition(
            counters.callsStarted.value
                == counters.callsFinished.value + counters.callsCancelled.value,
            "a call began and never ended")
        session = nil
        environment.close()
    }
}

private final class FuzzEcho: CallHandler {
    private let finishesAtOnce: Bool

    init(finishesAtOnce: Bool) { self.finishesAtOnce = finishesAtOnce }

    func received(_ message: RawSpan, on call: ServerCall) {
        _ = call.metadata
        call.enableCompression()
        call.send(message)
        if finishesAtOnce { call.finish() }
    }

    func receivedEnd(on call: ServerCall) { if !finishesAtOnce { call.finish() } }
}
