// grpc.testing.TestService, one class a kind of call (grpc/doc/interop-test-descriptions.md, "Server").

import Base
import RPC

extension MethodRegistry {
    /// The service as one loop serves it. UnimplementedCall and UnimplementedService are left out:
    /// that is what their cases look for.
    static func interop(on loop: EventLoop) -> MethodRegistry {
        let confined = LoopConfined(loop, to: loop.mailbox)
        let service = "/grpc.testing.TestService"
        var methods = MethodRegistry()
        methods.register("\(service)/EmptyCall", kind: .unary) { _ in InteropEmptyCall() }
        for name in ["UnaryCall", "CacheableUnaryCall"] {
            methods.register("\(service)/\(name)", kind: .unary) { _ in InteropUnaryCall() }
        }
        methods.register("\(service)/StreamingInputCall", kind: .clientStreaming) { _ in
            InteropInputCall()
        }
        methods.register("\(service)/StreamingOutputCall", kind: .serverStreaming) { _ in
            InteropOutputCall(loop: confined.value, answersAtEnd: false)
        }
        methods.register("\(service)/FullDuplexCall", kind: .bidirectional) { _ in
            InteropOutputCall(loop: confined.value, answersAtEnd: false)
        }
        methods.register("\(service)/HalfDuplexCall", kind: .bidirectional) { _ in
            InteropOutputCall(loop: confined.value, answersAtEnd: true)
        }
        return methods
    }
}

/// What every call does with its metadata and its failures.
enum InteropCall {
    /// The case custom_metadata: one field comes back in the header, one in the trailers.
    static func sendInitial(_ call: ServerCall) throws(Fault) {
        var echoed = Metadata()
        if let text = call.metadata["x-grpc-test-echo-initial"] {
            try echoed.add("x-grpc-test-echo-initial", text)
        }
        call.sendInitialMetadata(echoed)
    }

    static func trailers(_ call: ServerCall) throws(Fault) -> Metadata {
        var echoed = Metadata()
        if let bytes = call.metadata.binary("x-grpc-test-echo-trailing-bin") {
            try echoed.add("x-grpc-test-echo-trailing-bin", bytes)
        }
        return echoed
    }

    static func check(_ request: InteropRequest, _ call: ServerCall) throws(Fault) {
        guard let expected = request.expectsCompressed else { return }
        if expected != call.wasMessageCompressed {
            throw .invalid("expect_compressed", "the message did not come so")
        }
    }

    static func fail(_ call: ServerCall, _ fault: Fault) { call.fail(fault.code, fault.message) }
}

final class InteropEmptyCall: CallHandler {
    func received(_ message: RawSpan, on call: ServerCall) {
        call.send([])
        call.finish()
    }
}

final class InteropUnaryCall: CallHandler {
    func received(_ message: RawSpan, on call: ServerCall) {
        do throws(Fault) {
            let request = try Self.decode(message)
            try InteropCall.check(request, call)
            let trailers = try InteropCall.trailers(call)
            if let status = request.status, status.code != .ok {
                call.fail(status.code, status.message, trailers: trailers)
                return
            }
            let reply = request.replies[0]
            if reply.isCompressed { call.enableCompression() }
            try InteropCall.sendInitial(call)
            call.send(
                InteropEncoding.payload(size: reply.size), compressed: reply.isCompressed)
            call.finish(trailers: trailers)
        } catch { InteropCall.fail(call, error) }
    }

    private static func decode(_ message: RawSpan) throws(Fault) -> InteropRequest {
        let result: Result<InteropRequest, Fault> = message.withUnsafeBytes { bytes in
            Result { () throws(Fault) in try InteropRequest.simple(bytes) }
        }
        return try result.get()
    }
}

final class InteropInputCall: CallHandler {
    private var total = 0

    func received(_ message: RawSpan, on call: ServerCall) {
        do throws(Fault) {
            let result: Result<InteropRequest, Fault> = message.withUnsafeBytes { bytes in
                Result { () throws(Fault) in try InteropRequest.streamingInput(bytes) }
            }
            let request = try result.get()
            try InteropCall.check(request, call)
            total += request.payloadBytes
        } catch { InteropCall.fail(call, error) }
    }

    func receivedEnd(on call: ServerCall) {
        call.send(InteropEncoding.aggregate(total))
        call.finish()
    }
}

/// StreamingOutputCall and both duplex calls: replies as the requests ask for them, no faster than
/// the caller reads, each after its interval.
final class InteropOutputCall: CallHandler {
    private let loop: EventLoop
    private let answersAtEnd: Bool
    private var waiting: [InteropReply] = []
    private var next = 0
    private var hasEnded = false
    private var status: InteropStatus?
    private var timer: LoopTimer?

    /// Replies that may be asked for ahead of what is sent.
    private static let maxWaiting = 100_000

    init(loop: EventLoop, answersAtEnd: Bool) {
        self.loop = loop
        self.answersAtEnd = answersAtEnd
    }

    func received(_ message: RawSpan, on call: ServerCall) {
        do throws(Fault) {
            let result: Result<InteropRequest, Fault> = message.withUnsafeBytes { bytes in
                Result { () throws(Fault) in try InteropRequest.streamingOutput(bytes) }
            }
            let request = try result.get()
            if waiting.isEmpty {
                // Gzip is announced in the header, before any message can ask for it.
                if request.replies.contains(where: \.isCompressed) { call.enableCompression() }
                try InteropCall.sendInitial(call)
            }
            waiting += request.replies
            if waiting.count - next > Self.maxWaiting {
                throw .exhausted("too many replies are asked for at once", retryAfterMs: 0)
            }
            if let status = request.status, status.code != .ok { self.status = status }
            if !answersAtEnd { advance(call) }
        } catch { InteropCall.fail(call, error) }
    }

    func receivedEnd(on call: ServerCall) {
        hasEnded = true
        advance(call)
    }

    func writable(on call: ServerCall) { advance(call) }

    func cancelled(_ reason: CancelReason, on call: ServerCall) { timer?.cancel() }

    private func advance(_ call: ServerCall) {
        if timer?.isScheduled == true { return }
        while next < waiting.count, call.canSend {
            let reply = waiting[next]
            if reply.intervalMicros > 0 {
                waiting[next].intervalMicros = 0
                timer = loop.schedule(afterMs: (reply.intervalMicros + 999) / 1_000) {
                    self.advance(call)
                }
                return
            }
            next += 1
            call.send(
                InteropEncoding.payload(size: reply.size), compressed: reply.isCompressed)
        }
        if next == waiting.count { settle(call) }
    }

    private func settle(_ call: ServerCall) {
        do throws(Fault) {
            if let status {
                call.fail(
                    status.code, status.message, trailers: try InteropCall.trailers(call))
            } else if hasEnded {
                call.finish(trailers: try InteropCall.trailers(call))
            }
        } catch { InteropCall.fail(call, error) }
    }
}
