// Peers that are broken, slow, silent or many, over real sockets. The server answers or closes, and
// goes on serving the others.

import Base
import Testing

@testable import RPC

@Suite(.serialized, .timeLimit(.minutes(2))) struct HostilePeerTests {
    private func expectServing(_ server: RunningServer) async throws {
        let client = try GRPCClient("127.0.0.1:\(server.port)")
        #expect(try await client.unary("/test.Echo/Unary", [9]).message == [9])
        client.close()
    }

    @Test func garbageIsAnsweredByClosing() async throws {
        let server = try RunningServer()
        var random = SeededRandom(seed: 5)
        for round in 0..<20 {
            let socket = try #require(RawSocket(port: server.port))
            let noise = (0..<1_000).map { _ in UInt8.random(in: 0 ... .max, using: &random) }
            socket.send(round % 2 == 0 ? noise : Array("GET / HTTP/1.1\r\n\r\n".utf8))
            #expect(socket.readToEnd() != nil)
        }
        #expect(server.counters.connectionsFailed.value == 20)
        try await expectServing(server)
        server.stop()
    }

    @Test func aSilentConnectionIsClosed() async throws {
        var configuration = ServerConfiguration()
        configuration.handshakeTimeoutMs = 50
        let server = try RunningServer(configuration)
        let silent = try #require(RawSocket(port: server.port))
        #expect(silent.readToEnd() != nil)
        let slow = try #require(RawSocket(port: server.port))
        slow.send(Array(RawFrame.preface.prefix(5)))
        #expect(slow.readToEnd() != nil)
        try await expectServing(server)
        server.stop()
    }

    @Test func anIdleConnectionIsToldToGo() throws {
        var configuration = ServerConfiguration()
        configuration.limits.idleTimeoutMs = 50
        configuration.keepaliveTimeoutMs = 50
        let server = try RunningServer(configuration)
        let idle = try #require(RawSocket(port: server.port))
        idle.send(RawFrame.preface + RawFrame.settings.bytes)
        let frames = idle.readFrames { $0.contains { $0.isA(.goAway) } }
        #expect(frames.contains { $0.isA(.goAway) && $0.errorCode == 0 })
        #expect(idle.readToEnd() != nil)
        #expect(server.counters.connectionsIdle.value >= 1)
        server.stop()
    }

    @Test func aPeerThatAnswersNoPingIsDropped() throws {
        var configuration = ServerConfiguration()
        configuration.keepaliveTimeMs = 50
        configuration.keepaliveTimeoutMs = 50
        let server = try RunningServer(configuration)
        let gone = try #require(RawSocket(port: server.port))
        gone.send(RawFrame.preface + RawFrame.settings.bytes)
        let frames = gone.readFrames { $0.contains { $0.isA(.ping) } }
        #expect(frames.contains { $0.isA(.ping) })
        #expect(gone.readToEnd() != nil)
        server.stop()
    }

    @Test func aHalfClosedConnectionStillGetsNoStuckCall() throws {
        let server = try RunningServer()
        let half = try #require(RawSocket(port: server.port))
        half.send(
            RawFrame.preface + RawFrame.settings.bytes
                + RawFrame.call(1, "/test.Echo/Silent").bytes
                + RawFrame.data(1, RawFrame.message([])).bytes)
        #expect(eventually { server.log.startedCount == 1 })
        half.shutDownSending()
        #expect(half.readToEnd() != nil)
        #expect(eventually { server.log.all == [.connectionLost] })
        server.stop()
    }

    @Test func connectionsPastTheLimitAreClosedAndRoomIsReused() async throws {
        var configuration = ServerConfiguration()
        configuration.limits.maxConnections = 3
        let server = try RunningServer(configuration)
        var open: [RawSocket] = []
        for _ in 0..<3 { open.append(try #require(RawSocket(port: server.port))) }
        #expect(eventually { server.counters.connectionsAccepted.value == 3 })
        let extra = try #require(RawSocket(port: server.port))
        #expect(extra.readToEnd()?.isEmpty == true)
        #expect(server.counters.connectionsRefused.value == 1)
        open.removeLast()
        #expect(eventually { server.counters.openConnections == 2 })
        try await expectServing(server)
        server.stop()
    }

    @Test func aPeerThatReadsNothingCostsBoundedMemoryAndDelaysNobody() async throws {
        let server = try RunningServer()
        let greedy = try #require(RawSocket(port: server.port))
        var bytes = RawFrame.preface + RawFrame.settings.bytes
        bytes += RawFrame(.settings, flags: RawFrame.acknowledge).bytes
        bytes += RawFrame.windowUpdate(0, 1 << 30).bytes
        for stream in stride(from: UInt32(1), to: 41, by: 2) {
            bytes += RawFrame.call(stream, "/test.Echo/Countdown").bytes
            bytes += RawFrame.windowUpdate(stream, 1 << 30).bytes
            let count = RawFrame.message(Array("100000".utf8))
            bytes += RawFrame.data(stream, count, endStream: true).bytes
        }
        greedy.send(bytes)
        #expect(eventually { server.counters.callsStarted.value == 20 })
        try await expectServing(server)
        // 20 calls of 100 MB each: what has been made is what the sockets took and a little more.
        #expect(server.counters.bytesWritten.value < 40_000_000)
        server.stop()
    }

    @Test func anOldConnectionFinishesItsCallsAndGoes() throws {
        var configuration = ServerConfiguration()
        configuration.maxConnectionAgeMs = 50
        configuration.maxConnectionAgeGraceMs = 150
        let server = try RunningServer(configuration)
        let old = try #require(RawSocket(port: server.port))
        old.send(
            RawFrame.preface + RawFrame.settings.bytes + RawFrame.call(1, "/test.Echo/Silent").bytes
                + RawFrame.data(1, RawFrame.message([])).bytes)
        let frames = old.readFrames { $0.contains { $0.isA(.goAway) } }
        #expect(frames.contains { $0.isA(.goAway) && $0.errorCode == 0 })
        #expect(old.readToEnd() != nil)
        #expect(server.counters.connectionsAged.value == 1)
        #expect(eventually { server.log.all == [.connectionLost] })
        server.stop()
    }

    @Test func aPeerThatIsExpelledReadsWhy() throws {
        let server = try RunningServer()
        let rude = try #require(RawSocket(port: server.port))
        let ping = RawFrame(.ping, [UInt8](repeating: 7, count: 8)).bytes
        // More than the server reads, so that its socket has bytes left when it goes.
        rude.send(
            RawFrame.preface + RawFrame.settings.bytes + (0..<100_000).flatMap { _ in ping })
        let bytes = try #require(rude.readToEnd())
        let away = try #require(RawFrame.parse(bytes).frames.first { $0.isA(.goAway) })
        #expect(away.errorCode == 11)
        #expect(String(decoding: away.payload.dropFirst(8), as: UTF8.self) == "too_many_pings")
        #expect(server.counters.pingFloods.value == 1)
        server.stop()
    }

    @Test func aSlowSenderOnARealSocketIsAnswered() throws {
        var configuration = ServerConfiguration()
        configuration.slowSenderTimeoutMs = 60
        let server = try RunningServer(configuration)
        let slow = try #require(RawSocket(port: server.port))
        slow.send(
            RawFrame.preface + RawFrame.settings.bytes + RawFrame.call(1, "/test.Echo/Both").bytes
                + RawFrame.data(1, [0, 0, 0]).bytes)
        let frames = slow.readFrames { $0.contains { $0.isA(.headers) && $0.endsStream } }
        #expect(frames.contains { $0.isA(.headers) && $0.endsStream })
        #expect(server.counters.sendersTooSlow.value == 1)
        server.stop()
    }
}
