// RFC 9113, sections 6 and 7: each type of frame, and error codes.

import Testing

@testable import RPC

struct ConformanceFrameTests {
    private static let eight = [UInt8](repeating: 7, count: 8)

    static let cases: [ConformanceCase] =
        data + headers + priority + resets + settings + push
        + pings + away + windows + continuation + codes

    private static let data: [ConformanceCase] = [
        .init("6.1", "DATA on stream 0", [.data(0, [1])], .goAway(Code.protocolError)),
        .init(
            "6.1", "padding as long as the payload",
            [.open(1), RawFrame(.data, flags: RawFrame.padded, stream: 1, [2, 0, 0])],
            .harmless),
        .init(
            "6.1", "padding longer than the payload",
            [.open(1), RawFrame(.data, flags: RawFrame.padded, stream: 1, [3, 0, 0])],
            .goAway(Code.protocolError)),
        .init(
            "6.1", "PADDED without a pad length",
            [.open(1), RawFrame(.data, flags: RawFrame.padded, stream: 1, [])],
            .goAway(Code.frameSize)),
    ]

    private static let headers: [ConformanceCase] = [
        .init(
            "6.2", "HEADERS on stream 0", [.headers(0, RawFrame.requestFields)],
            .goAway(Code.protocolError)),
        .init(
            "6.2", "HEADERS with padding",
            [
                RawFrame(
                    .headers, flags: 4 | RawFrame.padded, stream: 1,
                    [3] + RawFrame.block(RawFrame.requestFields) + [0, 0, 0])
            ], .harmless),
        .init(
            "6.2", "padding longer than the payload",
            [RawFrame(.headers, flags: 4 | RawFrame.padded, stream: 1, [9, 0x82])],
            .goAway(Code.protocolError)),
        .init(
            "6.2", "HEADERS with priority",
            [
                RawFrame(
                    .headers, flags: 4 | RawFrame.priority, stream: 1,
                    [0x80, 0, 0, 0, 255] + RawFrame.block(RawFrame.requestFields))
            ], .harmless),
        .init(
            "6.2", "HEADERS too short for their priority",
            [RawFrame(.headers, flags: 4 | RawFrame.priority, stream: 1, [0, 0])],
            .goAway(Code.frameSize)),
    ]

    private static let priority: [ConformanceCase] = [
        .init(
            "6.3", "PRIORITY on stream 0", [RawFrame(.priority, [0, 0, 0, 1, 16])],
            .goAway(Code.protocolError)),
        .init(
            "6.3", "PRIORITY of another length", [RawFrame(.priority, stream: 1, [0, 0, 0, 0])],
            .goAway(Code.frameSize)),
    ]

    private static let resets: [ConformanceCase] = [
        .init("6.4", "RST_STREAM on stream 0", [.reset(0, 8)], .goAway(Code.protocolError)),
        .init(
            "6.4", "RST_STREAM of another length",
            [.open(1), RawFrame(.resetStream, stream: 1, [0, 0, 0])], .goAway(Code.frameSize)),
    ]

    private static let settings: [ConformanceCase] = [
        .init(
            "6.5", "an acknowledgement with a payload",
            [RawFrame(.settings, flags: 1, [0, 1, 0, 0, 0, 0])], .goAway(Code.frameSize)),
        .init(
            "6.5", "SETTINGS on a stream", [RawFrame(.settings, stream: 1)],
            .goAway(Code.protocolError)),
        .init(
            "6.5", "SETTINGS whose length is no multiple of six", [RawFrame(.settings, [0, 1, 0])],
            .goAway(Code.frameSize)),
        .init("6.5.2", "ENABLE_PUSH 0 and 1", [.setting(2, 0), .setting(2, 1)], .harmless),
        .init("6.5.2", "ENABLE_PUSH 2", [.setting(2, 2)], .goAway(Code.protocolError)),
        .init(
            "6.5.2", "INITIAL_WINDOW_SIZE past its maximum", [.setting(4, 0x8000_0000)],
            .goAway(Code.flowControl)),
        .init(
            "6.5.2", "MAX_FRAME_SIZE below its minimum", [.setting(5, 16_383)],
            .goAway(Code.protocolError)),
        .init(
            "6.5.2", "MAX_FRAME_SIZE past its maximum", [.setting(5, 1 << 24)],
            .goAway(Code.protocolError)),
        .init(
            "6.5.2", "MAX_FRAME_SIZE at both ends",
            [.setting(5, 16_384), .setting(5, (1 << 24) - 1)],
            .harmless),
    ]

    private static let push: [ConformanceCase] = [
        .init(
            "6.6", "PUSH_PROMISE from a client",
            [
                .open(1),
                RawFrame(
                    .pushPromise, flags: 4, stream: 1,
                    [0, 0, 0, 2] + RawFrame.block(RawFrame.requestFields)),
            ], .goAway(Code.protocolError))
    ]

    private static let pings: [ConformanceCase] = [
        .init(
            "6.7", "PING on a stream", [RawFrame(.ping, stream: 1, eight)],
            .goAway(Code.protocolError)),
        .init(
            "6.7", "PING of seven bytes", [RawFrame(.ping, Array(eight.dropLast()))],
            .goAway(Code.frameSize)),
        .init(
            "6.7", "an acknowledgement nobody waits for", [RawFrame(.ping, flags: 1, eight)],
            .harmless),
    ]

    private static let away: [ConformanceCase] = [
        .init(
            "6.8", "GOAWAY on a stream", [RawFrame(.goAway, stream: 1, eight)],
            .goAway(Code.protocolError)),
        .init(
            "6.8", "GOAWAY of seven bytes", [RawFrame(.goAway, Array(eight.dropLast()))],
            .goAway(Code.frameSize)),
    ]

    private static let windows: [ConformanceCase] = [
        .init(
            "6.9", "an increment of 0 on the connection", [.windowUpdate(0, 0)],
            .goAway(Code.protocolError)),
        .init(
            "6.9", "an increment of 0 on a stream", [.open(1), .windowUpdate(1, 0)],
            .goAway(Code.protocolError)),
        .init(
            "6.9", "WINDOW_UPDATE of another length", [RawFrame(.windowUpdate, [0, 0, 1])],
            .goAway(Code.frameSize)),
        .init("6.9", "the reserved bit is ignored", [.windowUpdate(0, 0x8000_0001)], .harmless),
        .init(
            "6.9.1", "a connection's window past 2^31 - 1",
            [.windowUpdate(0, 0x7FFF_FFFF), .windowUpdate(0, 1)], .goAway(Code.flowControl)),
        .init(
            "6.9.1", "a stream's window past 2^31 - 1",
            [.open(1), .windowUpdate(1, 0x7FFF_FFFF)], .reset(1, code: Code.flowControl)),
        .init(
            "6.9.2", "SETTINGS that push a stream's window past 2^31 - 1",
            [.open(1), .windowUpdate(1, 0x7FFF_0000), .setting(4, 0x7FFF_FFFF)],
            .goAway(Code.flowControl)),
    ]

    private static let continuation: [ConformanceCase] = [
        .init(
            "6.10", "a block in three frames",
            [
                .headers(1, Array(RawFrame.requestFields.prefix(3)), endHeaders: false),
                RawFrame(
                    .continuation, stream: 1,
                    RawFrame.block(Array(RawFrame.requestFields[3..<5]))),
                RawFrame(
                    .continuation, flags: 4, stream: 1,
                    RawFrame.block(Array(RawFrame.requestFields[5...]))),
            ], .harmless),
        .init(
            "6.10", "CONTINUATION on stream 0",
            [
                .headers(1, RawFrame.requestFields, endHeaders: false),
                RawFrame(.continuation, flags: 4, RawFrame.block([("x", "y")])),
            ], .goAway(Code.protocolError)),
        .init(
            "6.10", "CONTINUATION of another stream",
            [
                .headers(1, RawFrame.requestFields, endHeaders: false),
                RawFrame(.continuation, flags: 4, stream: 3, RawFrame.block([("x", "y")])),
            ], .goAway(Code.protocolError)),
        .init(
            "6.10", "CONTINUATION after END_HEADERS",
            [.open(1), RawFrame(.continuation, flags: 4, stream: 1, RawFrame.block([("x", "y")]))],
            .goAway(Code.protocolError)),
        .init(
            "6.10", "CONTINUATION after CONTINUATION with END_HEADERS",
            [
                .headers(1, RawFrame.requestFields, endHeaders: false),
                RawFrame(.continuation, flags: 4, stream: 1, []),
                RawFrame(.continuation, flags: 4, stream: 1, RawFrame.block([("x", "y")])),
            ], .goAway(Code.protocolError)),
        .init(
            "6.10", "CONTINUATION after DATA",
            [
                .open(1), .data(1, RawFrame.message([1])),
                RawFrame(.continuation, flags: 4, stream: 1, RawFrame.block([("x", "y")])),
            ], .goAway(Code.protocolError)),
    ]

    private static let codes: [ConformanceCase] = [
        .init("7", "an unknown error code in RST_STREAM", [.open(1), .reset(1, 0xFF)], .harmless)
    ]

    @Test(arguments: cases) func eachFrameFollowsItsSection(_ item: ConformanceCase) throws {
        try item.check()
    }

    /// Sections 6.8 and 7: a peer that goes away, for whatever reason, still gets its answers.
    @Test func aGoAwayWithAnUnknownCodeLetsCallsFinish() throws {
        let bench = try SessionBench()
        try bench.greet()
        try bench.receive(.call(1, "/test.Echo/Unary"))
        let frames = try bench.exchange(
            RawFrame(.goAway, RawFrame.bigEndian(0) + RawFrame.bigEndian(0xFF)),
            .data(1, RawFrame.message([1]), endStream: true))
        #expect(bench.body(frames, 1) == RawFrame.message([1]))
    }

    /// Section 6.7: the answer carries what was asked, and comes before everything else.
    @Test func aPingIsAnsweredWithItsBytes() throws {
        let bench = try SessionBench()
        try bench.greet()
        let frames = try bench.exchange(RawFrame(.ping, [1, 2, 3, 4, 5, 6, 7, 8]))
        #expect(frames == [RawFrame(.ping, flags: 1, [1, 2, 3, 4, 5, 6, 7, 8])])
    }

    /// Section 6.5.3: SETTINGS are acknowledged, once each.
    @Test func settingsAreAcknowledged() throws {
        let bench = try SessionBench()
        try bench.greet()
        let frames = try bench.exchange(.setting(3, 100), .setting(4, 100))
        #expect(frames == [RawFrame(.settings, flags: 1), RawFrame(.settings, flags: 1)])
    }

    // MARK: Flow control

    private func echo(_ bench: SessionBench, _ stream: UInt32, bytes: Int) throws -> [RawFrame] {
        try bench.exchange(
            .call(stream, "/test.Echo/Unary"),
            .data(
                stream, RawFrame.message([UInt8](repeating: 1, count: bytes)), endStream: true))
    }

    /// Section 6.9.2: one byte at a time when that is what the peer allows.
    @Test func dataNeverExceedsAStreamsWindow() throws {
        let bench = try SessionBench()
        try bench.greet()
        _ = try bench.exchange(.setting(4, 1))
        let first = try echo(bench, 1, bytes: 10)
        #expect(bench.body(first, 1).count == 1)
        let second = try bench.exchange(.windowUpdate(1, 1))
        #expect(bench.body(second, 1).count == 1)
        let rest = try bench.exchange(.windowUpdate(1, 100))
        #expect(bench.body(rest, 1).count == 13)
        #expect(rest.last?.endsStream == true)
    }

    /// Section 6.9.2: SETTINGS move the windows of open streams, below zero if need be.
    @Test func aWindowThatBecameNegativeIsPaidBackFirst() throws {
        let bench = try SessionBench()
        try bench.greet()
        _ = try bench.exchange(.setting(4, 3))
        #expect(bench.body(try echo(bench, 1, bytes: 10), 1).count == 3)
        // The window is 0 and becomes -1.
        #expect(bench.body(try bench.exchange(.setting(4, 2)), 1).isEmpty)
        #expect(bench.body(try bench.exchange(.windowUpdate(1, 1)), 1).isEmpty)
        #expect(bench.body(try bench.exchange(.windowUpdate(1, 1)), 1).count == 1)
        #expect(bench.body(try bench.exchange(.setting(4, 100)), 1).count == 11)
    }

    /// Section 6.5.3: of one setting twice in a frame the last value counts.
    @Test func theLastValueOfASettingCounts() throws {
        let bench = try SessionBench()
        try bench.greet()
        let both = RawFrame(
            .settings, [0, 4] + RawFrame.bigEndian(100) + [0, 4] + RawFrame.bigEndian(1))
        _ = try bench.exchange(both)
        #expect(bench.body(try echo(bench, 1, bytes: 10), 1).count == 1)
    }

    /// Section 6.9: the connection's window holds for all streams together.
    @Test func dataNeverExceedsTheConnectionsWindow() throws {
        let bench = try SessionBench()
        try bench.greet()
        _ = try bench.exchange(.setting(4, 1 << 20))
        let frames = try bench.exchange(
            .call(1, "/test.Echo/Countdown"),
            .data(1, RawFrame.message(Array("100".utf8)), endStream: true))
        #expect(bench.body(frames, 1).count == 65_535)
        let rest = try bench.exchange(.windowUpdate(0, 1 << 20))
        #expect(bench.body(rest, 1).count == 100 * 1_005 - 65_535)
    }

    /// Section 6.9.1: what a peer sends past the window it was given.
    @Test func aPeerThatIgnoresItsWindowIsStopped() throws {
        var settings = HTTP2Settings()
        settings.streamWindowBytes = 10
        let bench = try SessionBench(settings: settings)
        try bench.greet()
        let frames = try bench.exchange(.open(1), .data(1, [UInt8](repeating: 0, count: 11)))
        let codes = frames.filter { $0.isA(.resetStream) || $0.isA(.goAway) }.map(\.errorCode)
        #expect(codes == [Code.flowControl])
    }

    /// Section 4.2: our frames are never larger than the peer allows.
    @Test func framesAreNoLargerThanThePeerAllows() throws {
        let bench = try SessionBench()
        try bench.greet()
        _ = try bench.exchange(.setting(4, 1 << 20), .windowUpdate(0, 1 << 20))
        let frames = try echo(bench, 1, bytes: 16_000)
        let more = try bench.exchange(
            .call(3, "/test.Echo/Countdown"),
            .data(3, RawFrame.message(Array("60".utf8)), endStream: true))
        #expect((frames + more).allSatisfy { $0.payload.count <= 16_384 })
    }
}
