// RFC 9113, sections 3 to 5: the preface, frames, and the states of a stream.

import Testing

@testable import RPC

struct ConformanceStreamTests {
    static let frames: [ConformanceCase] = [
        .init(
            "4.1", "a frame of an unknown type is ignored", [.unknown(0), .unknown(1)], .harmless),
        .init(
            "4.1", "undefined flags are ignored",
            [RawFrame(.ping, flags: 0xFE & ~1, [UInt8](repeating: 0, count: 8))], .harmless),
        .init(
            "4.1", "the reserved bit of a stream id is ignored",
            [RawFrame(.ping, stream: 0x8000_0000, [UInt8](repeating: 0, count: 8))], .harmless),
        .init(
            "4.1", "the reserved bit of a stream id is ignored in DATA",
            [.open(1), RawFrame(.data, stream: 0x8000_0001, RawFrame.message([1]))], .harmless),
        .init(
            "4.2", "DATA of the largest size is taken",
            [.open(1), .data(1, [UInt8](repeating: 0, count: 16_384).settingMessage())],
            .harmless),
        .init(
            "4.2", "DATA past SETTINGS_MAX_FRAME_SIZE",
            [.open(1), .data(1, [UInt8](repeating: 0, count: 16_385))], .goAway(Code.frameSize)),
        .init(
            "4.2", "HEADERS past SETTINGS_MAX_FRAME_SIZE",
            [
                .headers(
                    1,
                    RawFrame.requestFields + [("x", String(repeating: "v", count: 16_385))])
            ], .goAway(Code.frameSize)),
        .init(
            "4.2", "SETTINGS past SETTINGS_MAX_FRAME_SIZE",
            [RawFrame(.settings, [UInt8](repeating: 0, count: 16_386))],
            .goAway(Code.frameSize)),
        .init(
            "4.3", "PRIORITY inside a header block",
            [
                .headers(1, RawFrame.requestFields, endHeaders: false),
                RawFrame(.priority, stream: 1, [0, 0, 0, 0, 16]),
            ], .goAway(Code.protocolError)),
        .init(
            "4.3", "HEADERS of another stream inside a header block",
            [.headers(1, RawFrame.requestFields, endHeaders: false), .open(3)],
            .goAway(Code.protocolError)),
        .init(
            "4.3", "DATA inside a header block",
            [.headers(1, RawFrame.requestFields, endHeaders: false), .data(1, [1])],
            .goAway(Code.protocolError)),
        .init(
            "4.3", "PING inside a header block",
            [
                .headers(1, RawFrame.requestFields, endHeaders: false),
                RawFrame(.ping, [UInt8](repeating: 0, count: 8)),
            ], .goAway(Code.protocolError)),
        .init(
            "4.3", "a header block that cannot be decoded",
            [RawFrame(.headers, flags: 5, stream: 1, [0x80])], .goAway(Code.compression)),
        .init(
            "5.5", "an unknown frame inside a header block",
            [.headers(1, RawFrame.requestFields, endHeaders: false), .unknown(1)],
            .goAway(Code.protocolError)),
        .init("5.5", "an unknown frame on an idle stream", [.unknown(99)], .harmless),
        .init(
            "5.5", "an unknown frame as large as allowed",
            [.unknown(0, [UInt8](repeating: 1, count: 16_384))], .harmless),
        .init("5.5", "unknown SETTINGS are ignored", [.setting(0xFA, 7)], .harmless),
    ]

    static let states: [ConformanceCase] = [
        .init("5.1", "idle: DATA", [.data(1, [1])], .goAway(Code.protocolError)),
        .init("5.1", "idle: RST_STREAM", [.reset(1, 8)], .goAway(Code.protocolError)),
        .init(
            "5.1", "idle: WINDOW_UPDATE", [.windowUpdate(1, 100)], .goAway(Code.protocolError)),
        .init(
            "5.1", "idle: CONTINUATION",
            [RawFrame(.continuation, flags: 4, stream: 1, RawFrame.block([("x", "y")]))],
            .goAway(Code.protocolError)),
        .init(
            "5.1", "idle: PRIORITY is no error",
            [RawFrame(.priority, stream: 1, [0, 0, 0, 0, 16])], .harmless),
        .init(
            "5.1", "half-closed (remote): DATA", RawFrame.halfClosed(1) + [.data(1, [1])],
            .goAway(Code.streamClosed)),
        .init(
            "5.1", "half-closed (remote): HEADERS",
            RawFrame.halfClosed(1) + [.headers(1, [("x", "y")], endStream: true)],
            .goAway(Code.streamClosed)),
        .init(
            "5.1", "half-closed (remote): CONTINUATION",
            RawFrame.halfClosed(1) + [
                RawFrame(.continuation, flags: 4, stream: 1, RawFrame.block([("x", "y")]))
            ], .goAway(Code.protocolError)),
        .init(
            "5.1", "half-closed (remote): WINDOW_UPDATE, PRIORITY and RST_STREAM are no errors",
            RawFrame.halfClosed(1) + [
                .windowUpdate(1, 5), RawFrame(.priority, stream: 1, [0, 0, 0, 0, 16]),
                .reset(1, 8),
            ], .harmless),
        .init(
            "5.1", "closed by RST_STREAM: DATA", [.open(1), .reset(1, 8), .data(1, [1])],
            .goAway(Code.streamClosed)),
        .init(
            "5.1", "closed by RST_STREAM: HEADERS",
            [.open(1), .reset(1, 8), .headers(1, [("x", "y")], endStream: true)],
            .goAway(Code.streamClosed)),
        .init(
            "5.1", "closed: PRIORITY is no error",
            [.open(1), .reset(1, 8), RawFrame(.priority, stream: 1, [0, 0, 0, 0, 16])], .harmless),
        .init(
            "5.1", "closed: a late WINDOW_UPDATE and RST_STREAM are no errors",
            [.open(1), .reset(1, 8), .windowUpdate(1, 5), .reset(1, 8)], .harmless),
        .init("5.1.1", "an even stream id", [.open(2)], .goAway(Code.protocolError)),
        .init(
            "5.1.1", "a stream id lower than one before", [.open(5), .open(3)],
            .goAway(Code.protocolError)),
        .init(
            "5.3.1", "HEADERS that depend on their own stream",
            [
                RawFrame(
                    .headers, flags: 4 | RawFrame.priority, stream: 1,
                    [0, 0, 0, 1, 16] + RawFrame.block(RawFrame.requestFields))
            ], .goAway(Code.protocolError)),
        .init(
            "5.3.1", "PRIORITY that depends on its own stream",
            [RawFrame(.priority, stream: 3, [0, 0, 0, 3, 16])], .goAway(Code.protocolError)),
    ]

    @Test(arguments: frames) func framesAreRead(_ item: ConformanceCase) throws {
        try item.check()
    }

    @Test(arguments: states) func statesOfAStreamAreKept(_ item: ConformanceCase) throws {
        try item.check()
    }

    /// Section 5.1: the answer is out, both sides have ended, and the peer goes on.
    @Test(arguments: [
        RawFrame.data(1, [1]), .headers(1, [("x", "y")], endStream: true),
        .call(1, "/test.Echo/Unary", endStream: true),
    ])
    func framesOnAClosedStreamEndTheConnection(frame: RawFrame) throws {
        let bench = try SessionBench()
        try bench.greet()
        _ = try bench.exchange(
            .call(1, "/test.Echo/Unary"), .data(1, RawFrame.message([1]), endStream: true))
        let away = try bench.exchange(frame).filter { $0.isA(.goAway) }
        #expect(away.map(\.errorCode) == [Code.streamClosed])
    }

    /// Section 5.1: what was on its way when the server reset a stream is ignored, and counted for
    /// flow control.
    @Test func framesOnAStreamTheServerResetAreIgnored() throws {
        let bench = try SessionBench()
        try bench.greet()
        // Answered before its end: the server has reset the stream.
        let answer = try bench.exchange(.call(1, "/no.Such/Method"))
        #expect(answer.contains { $0.isA(.resetStream) && $0.stream == 1 })
        let late = try bench.exchange(
            .data(1, [1, 2, 3]), .headers(1, [("x", "y")], endStream: true))
        #expect(late.filter { $0.isA(.goAway) || $0.isA(.resetStream) }.isEmpty)
        let next = try bench.exchange(
            .call(3, "/test.Echo/Unary"), .data(3, RawFrame.message([1]), endStream: true))
        #expect(!bench.body(next, 3).isEmpty)
    }

    /// Section 3.4: a connection opens with the preface and SETTINGS.
    @Test(arguments: [
        RawFrame(.ping, [UInt8](repeating: 0, count: 8)), .open(1), .windowUpdate(0, 1),
        RawFrame(.settings, flags: RawFrame.acknowledge), .unknown(0),
    ])
    func theFirstFrameMustBeSettings(frame: RawFrame) throws {
        let bench = try SessionBench()
        try bench.receive(RawFrame.preface + frame.bytes)
        let away = try bench.answer().filter { $0.isA(.goAway) }
        #expect(away.map(\.errorCode) == [Code.protocolError])
    }

    /// Section 3.4: so does ours, before anything else.
    @Test func theServersFirstFrameIsSettings() throws {
        let bench = try SessionBench()
        #expect(try bench.answer().first?.isA(.settings) == true)
    }

    /// Section 3.4: every prefix of the preface may be the last right byte.
    @Test func aPrefaceWithOneWrongByteIsRefused() throws {
        for position in RawFrame.preface.indices {
            var preface = RawFrame.preface
            preface[position] ^= 0x20
            let bench = try SessionBench()
            #expect(throws: HTTP2Failure.self, "byte \(position)") {
                try bench.receive(preface + RawFrame.settings.bytes)
            }
        }
    }
}

extension [UInt8] {
    /// These bytes as one gRPC message of the same length together with its prefix.
    fileprivate func settingMessage() -> [UInt8] {
        RawFrame.message([UInt8](repeating: 0, count: count - 5))
    }
}
