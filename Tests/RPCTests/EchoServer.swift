// A server with one method of each kind, on a loop thread of its own, for tests that talk to it over
// sockets.

import Base
import RPC

/// Answers each message with itself. Keeps no state, so one object serves every call.
final class EchoHandler: CallHandler {
    func received(_ message: RawSpan, on call: ServerCall) {
        call.send(message)
    }

    func receivedEnd(on call: ServerCall) { call.finish() }
}

/// Answers with the sum of what came, in lengths: `client streaming` in one line.
final class LengthHandler: CallHandler {
    private var total = 0

    func received(_ message: RawSpan, on call: ServerCall) { total += message.byteCount }

    func receivedEnd(on call: ServerCall) {
        call.send(Array(String(total).utf8))
        call.finish()
    }
}

/// The request is a number in digits: so many messages of `messageBytes` come back, no faster than
/// the caller reads.
final class CountdownHandler: CallHandler {
    static let messageBytes = 1_000
    private var left = 0

    func received(_ message: RawSpan, on call: ServerCall) {
        left = Int(String(decoding: message.withUnsafeBytes { Array($0) }, as: UTF8.self)) ?? 0
        writable(on: call)
    }

    func writable(on call: ServerCall) {
        while left > 0 && call.canSend {
            left -= 1
            call.send([UInt8](repeating: UInt8(left & 0xFF), count: Self.messageBytes))
        }
        if left == 0 { call.finish() }
    }
}

/// Fails as the request says: "CODE message".
final class FailHandler: CallHandler {
    func received(_ message: RawSpan, on call: ServerCall) {
        let text = String(decoding: message.withUnsafeBytes { Array($0) }, as: UTF8.self)
        let parts = text.split(separator: " ", maxSplits: 1)
        let code = StatusCode(rawValue: Int32(parts[0]) ?? 2) ?? .unknown
        call.fail(code, parts.count > 1 ? String(parts[1]) : "", details: [8, 1, 0xFF])
    }
}

/// Never answers; counts how its calls were ended.
final class SilentHandler: CallHandler {
    let log: CancellationLog

    init(_ log: CancellationLog) { self.log = log }

    func received(_ message: RawSpan, on call: ServerCall) { log.noteStarted() }

    func cancelled(_ reason: CancelReason, on call: ServerCall) { log.note(reason) }
}

/// Answers with the metadata it got, names and values a line each, and echoes `x-echo-bin` back in
/// both headers and trailers.
final class MetadataHandler: CallHandler {
    func received(_ message: RawSpan, on call: ServerCall) {
        let metadata = call.metadata
        var echoed = Metadata()
        if let bytes = metadata.binary("x-echo-bin") { try? echoed.add("x-echo-bin", bytes) }
        call.sendInitialMetadata(echoed)
        let lines = metadata.entries.compactMap { entry -> String? in
            if case .text(let text) = entry.value { "\(entry.name)=\(text)" } else { nil }
        }
        call.send(Array(lines.joined(separator: "\n").utf8))
        call.finish(trailers: echoed)
    }
}

/// Answers with itself, packed.
final class GzipHandler: CallHandler {
    func received(_ message: RawSpan, on call: ServerCall) {
        call.enableCompression()
        call.send(message)
        call.finish()
    }
}
