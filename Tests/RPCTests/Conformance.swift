// What RFC 9113 and RFC 7541 ask of a server, as a table: frames in, and what must come back. A case
// is named by the section that asks for it.

import Base
import Testing

@testable import RPC

struct ConformanceCase: CustomTestStringConvertible, Sendable {
    enum Expected: Sendable {
        /// GOAWAY with this code, and the connection is finished.
        case goAway(UInt32)
        /// RST_STREAM with this code; every other stream goes on.
        case reset(UInt32, code: UInt32)
        /// Nothing is wrong: no error, and the next call is served.
        case harmless
    }

    let section: String
    let title: String
    let bytes: [UInt8]
    let expected: Expected

    init(_ section: String, _ title: String, _ frames: [RawFrame], _ expected: Expected) {
        self.init(section, title, bytes: frames.flatMap(\.bytes), expected)
    }

    init(_ section: String, _ title: String, bytes: [UInt8], _ expected: Expected) {
        self.section = section
        self.title = title
        self.bytes = bytes
        self.expected = expected
    }

    var testDescription: String { "\(section) \(title)" }
}

/// Error codes (RFC 9113, section 7).
enum Code {
    static let protocolError: UInt32 = 1
    static let flowControl: UInt32 = 3
    static let streamClosed: UInt32 = 5
    static let frameSize: UInt32 = 6
    static let refused: UInt32 = 7
    static let compression: UInt32 = 9
}

extension ConformanceCase {
    /// Runs the case whole and again byte by byte: where the input is cut must not matter.
    func check() throws {
        try check { bench, bytes in try bench.receive(bytes) }
        try check { bench, bytes in for byte in bytes { try bench.receive([byte]) } }
    }

    private func check(_ feed: (SessionBench, [UInt8]) throws -> Void) throws {
        let bench = try SessionBench()
        try bench.greet()
        try feed(bench, bytes)
        let frames = try bench.answer()
        let goAways = frames.filter { $0.isA(.goAway) }.map(\.errorCode)
        let resets = frames.filter { $0.isA(.resetStream) && $0.errorCode != 0 }
        switch expected {
        case .goAway(let code):
            #expect(goAways == [code], "\(testDescription)")
            #expect(bench.session?.http2.isFinished == true, "\(testDescription)")
            return
        case .reset(let stream, let code):
            #expect(resets.map(\.stream) == [stream], "\(testDescription)")
            #expect(resets.map(\.errorCode) == [code], "\(testDescription)")
        case .harmless:
            #expect(resets.isEmpty, "\(testDescription)")
        }
        #expect(goAways.isEmpty, "\(testDescription)")
        _ = frames.filter { $0.isA(.headers) }.map { bench.read($0) }
        let next = try bench.exchange(
            .call(201, "/test.Echo/Unary"),
            .data(201, RawFrame.message([1]), endStream: true))
        #expect(bench.body(next, 201) == RawFrame.message([1]), "\(testDescription)")
    }
}

// MARK: Parts of requests

extension RawFrame {
    static let requestFields = [
        (":method", "POST"), (":scheme", "http"), (":path", "/test.Echo/Both"),
        (":authority", "test"), ("te", "trailers"), ("content-type", "application/grpc"),
    ]

    /// A stream whose handler waits for messages.
    static func open(_ stream: UInt32) -> RawFrame { headers(stream, requestFields) }

    /// A stream that the peer has ended while its handler is at work: half-closed (remote).
    static func halfClosed(_ stream: UInt32) -> [RawFrame] {
        [.call(stream, "/test.Echo/Silent"), .data(stream, message([1]), endStream: true)]
    }

    /// A stream that both sides have ended.
    static func closed(_ stream: UInt32) -> [RawFrame] {
        [.call(stream, "/test.Echo/Unary"), .data(stream, message([1]), endStream: true)]
    }

    /// A request with these fields that ends at once.
    static func request(_ fields: [(String, String)], _ stream: UInt32 = 1) -> RawFrame {
        headers(stream, fields, endStream: true)
    }

    /// The same frame with other flags, e.g. PADDED.
    func with(flags: UInt8) -> RawFrame {
        var frame = self
        frame.flags = flags
        return frame
    }

    func on(stream: UInt32) -> RawFrame {
        var frame = self
        frame.stream = stream
        return frame
    }

    /// A frame of a type that RFC 9113 does not know.
    static func unknown(_ stream: UInt32, _ payload: [UInt8] = [1, 2, 3]) -> RawFrame {
        var frame = RawFrame(.data, flags: 0xFF, stream: stream, payload)
        frame.kind = 0xBE
        return frame
    }

    static func setting(_ id: UInt8, _ value: UInt32) -> RawFrame {
        RawFrame(.settings, [0, id] + bigEndian(value))
    }

    static let padded: UInt8 = 0x8
    static let priority: UInt8 = 0x20
}
