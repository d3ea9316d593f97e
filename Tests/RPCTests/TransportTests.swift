// The whole way over real sockets, on one machine: our client against our server, and raw sockets
// against our server. Nothing here waits for a fixed time; `eventually` polls up to a bound.

import Base
import Testing

@testable import RPC

#if canImport(Glibc)
    import Glibc
#endif

/// Polls until `condition` holds; false when it has not within ten seconds.
func eventually(_ condition: () -> Bool) -> Bool {
    for _ in 0..<2_000 {
        if condition() { return true }
        usleep(5_000)
    }
    return condition()
}

@Suite(.serialized, .timeLimit(.minutes(2))) struct TransportTests {
    @Test(arguments: [false, true]) func unaryCallsWorkOverBothKindsOfSocket(unix: Bool)
        async throws
    {
        let server = try RunningServer()
        let client = try GRPCClient(
            unix ? "unix:\(server.socketPath)" : "127.0.0.1:\(server.port)")
        for count in [0, 1, 1_000, 100_000, 3_000_000] {
            let message = [UInt8](repeating: UInt8(count & 0xFF), count: count)
            let reply = try await client.unary("/test.Echo/Unary", message)
            #expect(reply.message == message)
        }
        #expect(server.counters.connectionsAccepted.value == 1)
        client.close()
        server.stop()
    }

    @Test func manyCallsAtOnceShareAConnection() async throws {
        let server = try RunningServer()
        let client = try GRPCClient("127.0.0.1:\(server.port)")
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<1_000 {
                group.addTask {
                    let message = Array(String(index).utf8)
                    let reply = try await client.unary("/test.Echo/Unary", message)
                    return Int(String(decoding: reply.message, as: UTF8.self)) ?? -1
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(sum == 499_500)
        #expect(server.counters.callsFinished.value == 1_000)
        #expect(server.counters.connectionsAccepted.value == 1)
        client.close()
        server.stop()
    }

    @Test func streamsOfEveryKindWork() async throws {
        let server = try RunningServer()
        let client = try GRPCClient("127.0.0.1:\(server.port)")
        let both = try await client.open("/test.Echo/Both")
        for index in 0..<50 {
            let message = [UInt8](repeating: UInt8(index), count: index * 1_000)
            try await both.send(message)
            #expect(try await both.next() == message)
        }
        both.finishSending()
        #expect(try await both.next() == nil)

        let up = try await client.open("/test.Echo/Length")
        for _ in 0..<200 { try await up.send([UInt8](repeating: 0, count: 10_000)) }
        up.finishSending()
        #expect(try await up.next() == Array("2000000".utf8))
        #expect(try await up.next() == nil)

        let down = try await client.open("/test.Echo/Countdown")
        try await down.send(Array("3000".utf8))
        down.finishSending()
        var count = 0
        while let message = try await down.next() { count += message.count }
        #expect(count == 3_000_000)
        client.close()
        server.stop()
    }

    @Test func errorsArriveWithMessageDetailsAndMetadata() async throws {
        let server = try RunningServer()
        let client = try GRPCClient("127.0.0.1:\(server.port)")
        await #expect(throws: RPCStatus(.notFound, "no schön", details: [8, 1, 0xFF])) {
            try await client.unary("/test.Echo/Fail", Array("5 no schön".utf8))
        }
        await #expect(throws: RPCStatus(.unimplemented, "unknown method /test.Echo/Nope")) {
            try await client.unary("/test.Echo/Nope", [])
        }
        var options = CallOptions()
        try options.metadata.add("x-a", "1")
        try options.metadata.add("x-echo-bin", [0, 200])
        let reply = try await client.unary("/test.Echo/Metadata", [], options)
        #expect(String(decoding: reply.message, as: UTF8.self).hasSuffix("x-a=1"))
        #expect(reply.metadata.binary("x-echo-bin") == [0, 200])
        #expect(reply.trailers.binary("x-echo-bin") == [0, 200])
        client.close()
        server.stop()
    }

    @Test func gzipWorksBothWays() async throws {
        let server = try RunningServer()
        let client = try GRPCClient("127.0.0.1:\(server.port)")
        let message = [UInt8](repeating: 7, count: 1_000_000)
        let reply = try await client.unary(
            "/test.Echo/Gzip", message, CallOptions(compresses: true))
        #expect(reply.message == message)
        #expect(server.counters.bytesRead.value < 20_000)
        #expect(server.counters.bytesWritten.value < 20_000)
        client.close()
        server.stop()
    }

    @Test func deadlinesAndCancellationReachTheHandler() async throws {
        let server = try RunningServer()
        let client = try GRPCClient("127.0.0.1:\(server.port)")
        do {
            _ = try await client.unary("/test.Echo/Silent", [], CallOptions(deadlineMs: 50))
            Issue.record("a silent method answered")
        } catch {
            #expect(error.code == .deadlineExceeded)
        }
        #expect(eventually { server.log.all.count == 1 })
        let task = Task { try await client.unary("/test.Echo/Silent", []) }
        #expect(eventually { server.log.startedCount == 2 })
        task.cancel()
        await #expect(throws: RPCStatus.self) { try await task.value }
        #expect(eventually { server.log.all.count == 2 })
        #expect(server.log.all.last == .byPeer)
        client.close()
        server.stop()
    }

    @Test func aClientThatGoesAwayTakesItsCallsAlong() async throws {
        let server = try RunningServer()
        let client = try GRPCClient("127.0.0.1:\(server.port)")
        let stream = try await client.open("/test.Echo/Silent")
        try await stream.send([])
        #expect(eventually { server.log.startedCount == 1 })
        client.close()
        #expect(eventually { server.log.all == [.connectionLost] })
        #expect(eventually { server.counters.openConnections == 0 })
        server.stop()
    }

    @Test func anAbsentServerIsUnavailableAndSaysWhere() async throws {
        var configuration = ClientConfiguration()
        configuration.maxAttempts = 2
        configuration.retryBackoffMs = 1
        let client = try GRPCClient("unix:/nowhere/at/all.sock", configuration: configuration)
        do {
            _ = try await client.unary("/a.B/C", [])
            Issue.record("an absent server answered")
        } catch {
            #expect(error.code == .unavailable)
            #expect(error.message.contains("unix:/nowhere/at/all.sock"))
        }
        client.close()
    }

    @Test func aClientFindsAServerThatComesBack() async throws {
        var server = try RunningServer()
        let client = try GRPCClient("127.0.0.1:\(server.port)")
        _ = try await client.unary("/test.Echo/Unary", [1])
        let port = server.port
        server.stop()
        server = try RunningServer(port: port)
        #expect(try await client.unary("/test.Echo/Unary", [2]).message == [2])
        client.close()
        server.stop()
    }

    @Test func aDrainLetsCallsFinishAndRefusesConnections() async throws {
        let server = try RunningServer()
        let client = try GRPCClient("127.0.0.1:\(server.port)")
        let stream = try await client.open("/test.Echo/Both")
        try await stream.send([1])
        #expect(try await stream.next() == [1])
        let drained = Flag()
        server.drain(deadlineMs: 60_000) { drained.set() }
        // The call under way goes on during the drain.
        try await stream.send([2])
        #expect(try await stream.next() == [2])
        #expect(!drained.isSet)
        stream.finishSending()
        #expect(try await stream.next() == nil)
        #expect(eventually { drained.isSet })
        #expect(RawSocket(port: server.port) == nil)
        client.close()
        server.stop()
    }

    @Test func aDrainEndsAtItsDeadlineWhateverCallsDo() async throws {
        let server = try RunningServer()
        let client = try GRPCClient("127.0.0.1:\(server.port)")
        let stream = try await client.open("/test.Echo/Silent")
        try await stream.send([])
        #expect(eventually { server.log.startedCount == 1 })
        // A peer that never answers the drain's ping.
        let mute = try #require(RawSocket(port: server.port))
        mute.send(RawFrame.preface + RawFrame.settings.bytes)
        #expect(eventually { server.counters.connectionsAccepted.value == 2 })
        let drained = Flag()
        server.drain(deadlineMs: 20) { drained.set() }
        await #expect(throws: RPCStatus(.unavailable, "the server is shutting down")) {
            try await stream.next()
        }
        #expect(eventually { drained.isSet })
        #expect(server.log.all == [.shutdown])
        client.close()
        server.stop()
    }
}

/// Set once, read from any thread.
final class Flag: Sendable {
    private let counter = CancellationLog()
    func set() { counter.noteStarted() }
    var isSet: Bool { counter.startedCount > 0 }
}
