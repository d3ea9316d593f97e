// What ends a connection, gracefully or not: raw frames, no sockets.

import Base
import Testing

@testable import RPC

struct ConnectionTests {
    private func call(_ bench: SessionBench, _ stream: UInt32, _ path: String) throws {
        try bench.receive(
            .call(stream, path), .data(stream, RawFrame.message([]), endStream: true))
    }

    private func goAways(_ frames: [RawFrame]) -> [RawFrame] { frames.filter { $0.isA(.goAway) } }

    @Test func aDrainAnnouncesWaitsForThePingAndFinishesItsCalls() throws {
        let bench = try SessionBench()
        try bench.greet()
        try bench.receive(.call(1, "/test.Echo/Both"))
        let session = try #require(bench.session)
        session.drain()
        #expect(bench.wantsWrite)
        var frames = try bench.answer()
        // The largest id first: nothing on its way is lost.
        #expect(goAways(frames).map { Array($0.payload.prefix(4)) } == [[0x7F, 0xFF, 0xFF, 0xFF]])
        let ping = try #require(frames.first { $0.isA(.ping) })
        // A call that crossed the announcement is still served.
        frames = try bench.exchange(
            .call(3, "/test.Echo/Unary"), .data(3, RawFrame.message([5]), endStream: true))
        #expect(frames.contains { $0.stream == 3 && $0.isA(.data) })
        frames = try bench.exchange(
            RawFrame(.ping, flags: RawFrame.acknowledge, ping.payload))
        #expect(goAways(frames).map { Array($0.payload.prefix(4)) } == [[0, 0, 0, 3]])
        #expect(goAways(frames).first?.errorCode == 0)
        // A later call is ignored; the open one finishes, and then nothing is left.
        try call(bench, 5, "/test.Echo/Unary")
        #expect(try bench.answer().filter { $0.stream == 5 }.isEmpty)
        #expect(!session.http2.isFinished)
    }

    @Test func aDrainedConnectionIsFinishedWithItsLastCall() throws {
        let bench = try SessionBench()
        try bench.greet()
        try bench.receive(.call(1, "/test.Echo/Length"))
        let session = try #require(bench.session)
        session.drain()
        let ping = try #require(try bench.answer().first { $0.isA(.ping) })
        _ = try bench.exchange(RawFrame(.ping, flags: RawFrame.acknowledge, ping.payload))
        #expect(!session.http2.isFinished)
        let frames = try bench.exchange(.data(1, [], endStream: true))
        #expect(bench.read(try #require(frames.first { $0.isA(.headers) }))[":status"] == "200")
        #expect(session.http2.isFinished)
    }

    @Test func whenTheDrainsTimeIsUpCallsAreAnsweredUnavailable() throws {
        let bench = try SessionBench()
        try bench.greet()
        try call(bench, 1, "/test.Echo/Silent")
        let session = try #require(bench.session)
        session.drain()
        session.endCalls()
        let frames = try bench.answer()
        let trailers = try #require(frames.first { $0.isA(.headers) })
        #expect(bench.read(trailers)["grpc-status"] == "14")
        #expect(bench.log.all == [.shutdown])
        #expect(session.http2.isFinished)
    }

    @Test func garbageInsteadOfAPrefaceEndsTheConnection() throws {
        for garbage in ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\u{16}\u{3}\u{1} tls hello ........"]
        {
            let bench = try SessionBench()
            #expect(throws: HTTP2Failure.self) { try bench.receive(Array(garbage.utf8)) }
        }
    }

    @Test func brokenFramesAreAnsweredWithGoAway() throws {
        let broken: [(RawFrame, UInt32)] = [
            // DATA on stream 0, SETTINGS with a bad length, a window of zero, HEADERS on an even id.
            (RawFrame(.data, stream: 0, [1]), 1),
            (RawFrame(.settings, [1, 2, 3]), 6),
            (.windowUpdate(0, 0), 1),
            (.call(2, "/test.Echo/Unary"), 1),
            (RawFrame(.headers, flags: 4, stream: 1, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]), 9),
            (RawFrame(.ping, [1]), 6),
        ]
        for (frame, code) in broken {
            let bench = try SessionBench()
            try bench.greet()
            let frames = try bench.exchange(frame)
            #expect(goAways(frames).map(\.errorCode) == [code], "\(frame)")
            #expect(bench.session?.http2.isFinished == true)
        }
    }

    @Test func randomBytesAfterThePrefaceNeverEndTheProcess() throws {
        for seed in 0..<300 {
            var random = SeededRandom(seed: UInt64(seed))
            let bench = try SessionBench()
            try bench.greet()
            try? bench.receive(.call(1, "/test.Echo/Both"))
            let count = Int.random(in: 1...400, using: &random)
            var bytes = (0..<count).map { _ in UInt8.random(in: 0 ... .max, using: &random) }
            // Mostly short frames of known kinds, so that the noise gets past the first header.
            if count > 9, seed % 2 == 0 {
                bytes.replaceSubrange(
                    0..<9, with: [0, 0, UInt8((count - 9) & 0x3F), UInt8(seed % 10), 0, 0, 0, 0, 1])
            }
            try? bench.receive(bytes)
            _ = try? bench.answer()
        }
    }

    @Test func aRapidResetEndsTheConnection() throws {
        var configuration = ServerConfiguration()
        configuration.streamResetBurst = 50
        configuration.streamResetsPerSecond = 1
        let bench = try SessionBench(configuration)
        try bench.greet()
        var stream: UInt32 = 1
        var away: [RawFrame] = []
        while stream < 400, away.isEmpty {
            away = goAways(
                try bench.exchange(.call(stream, "/test.Echo/Silent"), .reset(stream, 8)))
            stream += 2
        }
        #expect(away.map(\.errorCode) == [11])
        #expect(stream == 103)
        #expect(bench.environment.counters.resetFloods.value == 1)
    }

    @Test func goodAnswersAndDeadlinesPayForResets() throws {
        var configuration = ServerConfiguration()
        configuration.streamResetBurst = 50
        configuration.streamResetsPerSecond = 1
        let bench = try SessionBench(configuration)
        try bench.greet()
        var stream: UInt32 = 1
        for _ in 0..<400 {
            let answered = try bench.exchange(
                .call(stream, "/test.Echo/Unary"),
                .data(stream, RawFrame.message([1]), endStream: true))
            #expect(goAways(answered).isEmpty)
            let given = try bench.exchange(
                .call(stream + 2, "/test.Echo/Silent"), .reset(stream + 2, 8))
            #expect(goAways(given).isEmpty)
            stream += 4
        }
        for _ in 0..<400 {
            try bench.receive(
                .call(stream, "/test.Echo/Silent", extra: [("grpc-timeout", "800m")]))
            bench.advance(ms: 720)
            #expect(goAways(try bench.exchange(.reset(stream, 8))).isEmpty)
            stream += 2
        }
        #expect(bench.environment.counters.resetFloods.value == 0)
    }

    @Test func aFloodOfContinuationsEndsTheConnection() throws {
        let bench = try SessionBench()
        try bench.greet()
        let opening = RawFrame.headers(1, [(":method", "POST")], endHeaders: false)
        let more = RawFrame(.continuation, stream: 1, RawFrame.block([("x", "y")]))
        var isRefused = false
        do {
            try bench.receive(opening)
            for _ in 0..<100 {
                try bench.receive(more)
                if !goAways(try bench.answer()).isEmpty { isRefused = true }
            }
        } catch {
            isRefused = true
        }
        #expect(isRefused)
    }

    @Test func pingsThatAreNotReadBackEndTheConnection() throws {
        var configuration = ServerConfiguration()
        configuration.maxPingStrikes = 0
        let bench = try SessionBench(configuration)
        try bench.greet()
        let ping = RawFrame(.ping, [UInt8](repeating: 1, count: 8))
        #expect(throws: HTTP2Failure.self) {
            for _ in 0..<1_000 { try bench.receive(ping) }
        }
    }

    @Test func streamsBeyondALimitThatIsNotYetKnownAreRefused() throws {
        var settings = HTTP2Settings()
        settings.maxConcurrentStreams = 3
        let bench = try SessionBench(settings: settings)
        try bench.receive(RawFrame.preface + RawFrame.settings.bytes)
        for stream: UInt32 in [1, 3, 5, 7] { try call(bench, stream, "/test.Echo/Silent") }
        let refused = try bench.answer().filter { $0.isA(.resetStream) }
        #expect(refused.map(\.stream) == [7])
        #expect(refused.first?.errorCode == 7)
        #expect(bench.session?.openCalls == 3)
    }

    @Test func aPeerThatIgnoresTheAcknowledgedLimitIsSentAway() throws {
        var settings = HTTP2Settings()
        settings.maxConcurrentStreams = 3
        let bench = try SessionBench(settings: settings)
        try bench.greet()
        for stream: UInt32 in [1, 3, 5, 7] { try call(bench, stream, "/test.Echo/Silent") }
        #expect(goAways(try bench.answer()).map(\.errorCode) == [1])
    }

    @Test func aFieldThatHTTPForbidsResetsItsStreamOnly() throws {
        let bench = try SessionBench()
        try bench.greet()
        for (index, field) in [("x", "a\u{0}b"), ("X-Upper", "a"), ("connection", "close")]
            .enumerated()
        {
            let stream = UInt32(index * 2 + 1)
            let frames = try bench.exchange(
                .call(stream, "/test.Echo/Unary", extra: [field], endStream: true))
            let own = frames.filter { $0.stream == stream }
            #expect(own.map(\.kind) == [3], "\(field)")
            #expect(own.first?.errorCode == 1)
        }
        let frames = try bench.exchange(
            .call(9, "/test.Echo/Unary"), .data(9, RawFrame.message([1]), endStream: true))
        #expect(frames.contains { $0.isA(.data) })
    }
}
