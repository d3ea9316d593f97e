// A server's calls, raw frames in and out, no sockets and no clock.

import Base
import Testing

@testable import RPC

struct ServerCallTests {
    @Test func aUnaryCallIsHeadersDataTrailers() throws {
        let bench = try SessionBench()
        try bench.greet()
        let frames = try bench.exchange(
            .call(1, "/test.Echo/Unary"),
            .data(1, RawFrame.message([7, 8, 9]), endStream: true))
        let own = frames.filter { $0.stream == 1 }
        #expect(own.map(\.kind) == [1, 0, 1])
        #expect(own[1].payload == RawFrame.message([7, 8, 9]))
        #expect(own[2].endsStream)
        let blocks = bench.headers(frames, 1)
        #expect(blocks[0] == [":status": "200", "content-type": "application/grpc"])
        #expect(blocks[1] == ["grpc-status": "0"])
        #expect(bench.session?.openCalls == 0)
    }

    @Test func aRequestCutIntoSingleBytesIsTheSameRequest() throws {
        let bench = try SessionBench()
        try bench.greet()
        let bytes =
            RawFrame.call(1, "/test.Echo/Unary").bytes
            + RawFrame.data(1, RawFrame.message([1, 2, 3]), endStream: true).bytes
        for byte in bytes { try bench.receive([byte]) }
        let frames = try bench.answer()
        #expect(bench.body(frames, 1) == RawFrame.message([1, 2, 3]))
        #expect(bench.status(frames, 1) == "0")
    }

    @Test func anUnknownMethodIsUnimplementedOverHTTP200() throws {
        let bench = try SessionBench()
        try bench.greet()
        let frames = try bench.exchange(.call(1, "/no.Such/Method", endStream: true))
        let block = bench.headers(frames, 1)
        #expect(block.count == 1)
        #expect(block.first?[":status"] == "200")
        #expect(block.first?["grpc-status"] == "12")
        #expect(block.first?["grpc-message"] == "unknown method /no.Such/Method")
    }

    @Test func anotherContentTypeIs415AndAnotherVerb405() throws {
        let bench = try SessionBench()
        try bench.greet()
        let common = [(":scheme", "http"), (":path", "/test.Echo/Unary"), (":authority", "a")]
        for (stream, type) in [(UInt32(1), "text/plain"), (3, "application/grpcx")] {
            let frames = try bench.exchange(
                .headers(
                    stream, [(":method", "POST")] + common + [("content-type", type)],
                    endStream: true))
            #expect(bench.headers(frames, stream).first?[":status"] == "415")
        }
        let frames = try bench.exchange(
            .headers(5, [(":method", "GET")] + common, endStream: true))
        #expect(bench.headers(frames, 5).first?[":status"] == "405")
        for type in ["application/grpc+proto", "application/grpc;v=1"] {
            let stream: UInt32 = type.hasSuffix("proto") ? 7 : 9
            let frames = try bench.exchange(
                .headers(
                    stream, [(":method", "POST")] + common + [("content-type", type)]),
                .data(stream, RawFrame.message([]), endStream: true))
            #expect(bench.status(frames, stream) == "0")
        }
    }

    @Test func aLateCallIsAnsweredAndItsHandlerToldOnce() throws {
        let bench = try SessionBench()
        try bench.greet()
        var frames = try bench.exchange(
            .call(1, "/test.Echo/Silent", extra: [("grpc-timeout", "50m")]),
            .data(1, RawFrame.message([]), endStream: true))
        #expect(bench.headers(frames, 1).isEmpty)
        bench.advance(ms: 49)
        #expect(bench.log.all.isEmpty)
        bench.advance(ms: 1)
        #expect(bench.wantsWrite)
        frames = try bench.answer()
        #expect(bench.status(frames, 1) == "4")
        #expect(bench.log.all == [.deadlineExceeded])
        bench.advance(ms: 100_000)
        #expect(bench.log.all == [.deadlineExceeded])
        #expect(bench.timers.count == 0)
    }

    @Test func aUnaryCallWithoutADeadlineGetsTheServers() throws {
        var limits = Limits()
        limits.defaultDeadlineMs = 1_000
        let bench = try SessionBench(limits: limits)
        try bench.greet()
        try bench.receive(
            .call(1, "/test.Echo/Silent"), .data(1, RawFrame.message([]), endStream: true))
        bench.advance(ms: 1_000)
        #expect(bench.status(try bench.answer(), 1) == "4")
    }

    @Test func aTimeoutOfZeroNeverReachesTheHandler() throws {
        let bench = try SessionBench()
        try bench.greet()
        let frames = try bench.exchange(
            .call(1, "/test.Echo/Silent", extra: [("grpc-timeout", "0m")]),
            .data(1, RawFrame.message([]), endStream: true))
        #expect(bench.status(frames, 1) == "4")
        #expect(bench.log.startedCount == 0)
    }

    @Test(arguments: ["", "5", "5x", "123456789m"])
    func aMalformedTimeoutIsRefused(timeout: String) throws {
        let bench = try SessionBench()
        try bench.greet()
        let frames = try bench.exchange(
            .call(1, "/test.Echo/Unary", extra: [("grpc-timeout", timeout)]))
        #expect(bench.status(frames, 1) == "13")
    }

    @Test func aResetReachesTheHandler() throws {
        let bench = try SessionBench()
        try bench.greet()
        try bench.receive(
            .call(1, "/test.Echo/Silent"), .data(1, RawFrame.message([]), endStream: true))
        #expect(bench.log.startedCount == 1)
        try bench.receive(.reset(1, 8))
        #expect(bench.log.all == [.byPeer])
        #expect(try bench.answer().filter { $0.stream == 1 }.isEmpty)
        #expect(bench.environment.counters.callsCancelled.value == 1)
    }

    @Test func aLostConnectionReachesEveryHandler() throws {
        let bench = try SessionBench()
        try bench.greet()
        for stream: UInt32 in [1, 3, 5] {
            try bench.receive(
                .call(stream, "/test.Echo/Silent"),
                .data(stream, RawFrame.message([]), endStream: true))
        }
        bench.session?.connectionLost()
        #expect(bench.log.all == [.connectionLost, .connectionLost, .connectionLost])
        #expect(bench.timers.count == 0)
    }

    @Test func streamsOfMessagesGoBothWays() throws {
        let bench = try SessionBench()
        try bench.greet()
        var frames = try bench.exchange(
            .call(1, "/test.Echo/Both"),
            .data(1, RawFrame.message([1]) + RawFrame.message([2, 2])))
        #expect(bench.body(frames, 1) == RawFrame.message([1]) + RawFrame.message([2, 2]))
        #expect(bench.headers(frames, 1).count == 1)
        frames = try bench.exchange(.data(1, RawFrame.message([3])))
        #expect(bench.body(frames, 1) == RawFrame.message([3]))
        frames = try bench.exchange(.data(1, [], endStream: true))
        #expect(bench.status(frames, 1) == "0")
    }

    @Test func aClientStreamIsAnsweredAtItsEnd() throws {
        let bench = try SessionBench()
        try bench.greet()
        var frames = try bench.exchange(
            .call(1, "/test.Echo/Length"), .data(1, RawFrame.message([1, 2, 3])),
            .data(1, RawFrame.message([4])))
        #expect(bench.body(frames, 1).isEmpty)
        frames = try bench.exchange(.data(1, [], endStream: true))
        #expect(bench.body(frames, 1) == RawFrame.message(Array("4".utf8)))
    }

    @Test func errorsCarryMessageAndDetails() throws {
        let bench = try SessionBench()
        try bench.greet()
        let frames = try bench.exchange(
            .call(1, "/test.Echo/Fail"),
            .data(1, RawFrame.message(Array("5 wo ist ß?".utf8)), endStream: true))
        let block = bench.headers(frames, 1)
        #expect(block.count == 1)
        #expect(block[0]["grpc-status"] == "5")
        #expect(block[0]["grpc-message"] == "wo ist %C3%9F?")
        #expect(block[0]["grpc-status-details-bin"] == "CAH/")
        #expect(frames.filter { $0.stream == 1 && !$0.endsStream }.isEmpty)
    }

    @Test func anAnswerBeforeTheRequestsEndResetsTheRest() throws {
        let bench = try SessionBench()
        try bench.greet()
        let frames = try bench.exchange(
            .call(1, "/test.Echo/Fail"), .data(1, RawFrame.message(Array("3 no".utf8))))
        let own = frames.filter { $0.stream == 1 }
        #expect(own.map(\.kind) == [1, 3])
        #expect(own[1].errorCode == 0)
        #expect(bench.session?.openCalls == 0)
        // What was on its way is ignored, and the connection's window opens for it.
        #expect(try bench.exchange(.data(1, [1, 2, 3])).allSatisfy { !$0.isA(.goAway) })
    }

    @Test func metadataIsSeenAndEchoed() throws {
        let bench = try SessionBench()
        try bench.greet()
        let frames = try bench.exchange(
            .call(1, "/test.Echo/Metadata", extra: [("a", "1"), ("x-echo-bin", "AP8=")]),
            .data(1, RawFrame.message([]), endStream: true))
        #expect(bench.body(frames, 1) == RawFrame.message(Array("a=1".utf8)))
        let blocks = bench.headers(frames, 1)
        #expect(blocks.map { $0["x-echo-bin"] } == ["AP8", "AP8"])
    }

    @Test func aHandleKeptPastItsCallReachesNoOtherCall() throws {
        let bench = try SessionBench()
        try bench.greet()
        _ = try bench.exchange(
            .call(1, "/test.Echo/Silent"), .data(1, RawFrame.message([]), endStream: true))
        let active = try #require(bench.session?.http2.streams.first?.owner as? ActiveCall)
        let handle = ServerCall(active)
        #expect(handle.isActive)
        try bench.receive(.reset(1, 8))
        #expect(!handle.isActive)
        // The same objects serve the next call.
        _ = try bench.exchange(
            .call(3, "/test.Echo/Silent"), .data(3, RawFrame.message([]), endStream: true))
        #expect(bench.session?.http2.streams.first?.owner === active)
        handle.send([1, 2, 3])
        handle.finish()
        #expect(try bench.answer().filter { $0.stream == 3 }.isEmpty)
        #expect(handle.path == "" && handle.metadata.isEmpty)
    }
}
