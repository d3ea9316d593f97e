// A peer's windows reach the handler, and what a server holds for slow peers stays bounded.

import Base
import Testing

@testable import RPC

struct FlowControlTests {
    private func bytes(_ frames: [RawFrame], _ stream: UInt32) -> Int {
        frames.filter { $0.isA(.data) && $0.stream == stream }.map(\.payload.count).reduce(0, +)
    }

    @Test func aSlowReaderStopsTheWriter() throws {
        let bench = try SessionBench()
        try bench.greet()
        let request = RawFrame.message(Array("100000".utf8))
        var frames = try bench.exchange(
            .call(1, "/test.Echo/Countdown"), .data(1, request, endStream: true))
        // The peer's window is the default: no more than that leaves, and little more is made.
        #expect(bytes(frames, 1) == 65_535)
        let session = try #require(bench.session)
        #expect(session.http2.queuedBytes < 2 * ServerLimits.highWaterBytes)
        frames = try bench.exchange(.windowUpdate(0, 500_000), .windowUpdate(1, 500_000))
        #expect(bytes(frames, 1) == 500_000)
        #expect(session.http2.queuedBytes < 2 * ServerLimits.highWaterBytes)
        try bench.receive(.reset(1, 8))
        #expect(session.http2.queuedBytes == 0)
    }

    @Test func theWholeStreamArrivesWhenTheReaderReads() throws {
        let bench = try SessionBench()
        try bench.greet()
        let request = RawFrame.message(Array("1000".utf8))
        var frames = try bench.exchange(
            .windowUpdate(0, 10_000_000), .call(1, "/test.Echo/Countdown"),
            .data(1, request, endStream: true))
        var total = bytes(frames, 1)
        while total < 1_005_000, !frames.isEmpty {
            frames = try bench.exchange(.windowUpdate(1, 30_000))
            total += bytes(frames, 1)
        }
        #expect(total == 1_005_000)
        #expect(bench.session?.openCalls == 0)
    }

    @Test func aFinishedAnswerThatNobodyReadsIsDroppedInTime() throws {
        let bench = try SessionBench()
        try bench.greet()
        let large = [UInt8](repeating: 1, count: 200_000)
        try bench.receive(.call(1, "/test.Echo/Unary"))
        for start in stride(from: 0, to: 200_005, by: 16_000) {
            let all = RawFrame.message(large)
            let piece = Array(all[start..<min(all.count, start + 16_000)])
            try bench.receive(.data(1, piece, endStream: start + 16_000 >= all.count))
        }
        let frames = try bench.answer()
        #expect(bytes(frames, 1) == 65_535)
        #expect(bench.session?.openCalls == 1)
        bench.advance(ms: 40_000)
        let end = try bench.answer().filter { $0.stream == 1 }
        #expect(end.map(\.kind) == [3])
        #expect(bench.session?.openCalls == 0)
        #expect(bench.session?.http2.queuedBytes == 0)
    }

    @Test func windowsOpenAgainAsMessagesAreTaken() throws {
        let bench = try SessionBench()
        let greeting = try bench.greet()
        // The connection's window starts larger than the protocol's default.
        #expect(greeting.contains { $0.isA(.windowUpdate) && $0.stream == 0 })
        try bench.receive(.call(1, "/test.Echo/Length"))
        var opened = 0
        for _ in 0..<100 {
            let frames = try bench.exchange(
                .data(1, RawFrame.message([UInt8](repeating: 0, count: 16_000))))
            #expect(!frames.contains { $0.isA(.resetStream) || $0.isA(.goAway) })
            opened += frames.filter { $0.isA(.windowUpdate) && $0.stream == 1 }.count
        }
        #expect(opened > 3)
    }

    @Test func incompleteMessagesOfAConnectionAreBoundedTogether() throws {
        var limits = Limits()
        limits.maxMessageBytes = 100_000
        limits.maxPendingWriteBytes = 50_000
        let bench = try SessionBench(limits: limits)
        try bench.greet()
        let half = [0, 0, 1, 0x80, 0] + [UInt8](repeating: 0, count: 16_000)
        var refused = 0
        for index in 0..<40 {
            let stream = UInt32(index * 2 + 1)
            let frames = try bench.exchange(
                .call(stream, "/test.Echo/Length"), .data(stream, half),
                .data(stream, [UInt8](repeating: 0, count: 16_000)))
            refused += frames.filter { $0.isA(.resetStream) }.count
            #expect(try #require(bench.session).gatheredBytes <= 200_000)
        }
        #expect(refused > 0)
        for index in 0..<40 { try bench.receive(.reset(UInt32(index * 2 + 1), 8)) }
        #expect(bench.session?.gatheredBytes == 0)
    }

    @Test func callsAreRefusedWhileTooMuchIsUnread() throws {
        var limits = Limits()
        limits.maxPendingWriteBytes = 300_000
        let bench = try SessionBench(limits: limits)
        try bench.greet()
        let all = RawFrame.message([UInt8](repeating: 1, count: 400_000))
        try bench.receive(.call(1, "/test.Echo/Unary"))
        for start in stride(from: 0, to: all.count, by: 16_000) {
            let end = min(all.count, start + 16_000)
            // Consumed bytes open the window again only when the answer is asked for.
            _ = try bench.exchange(
                .data(1, Array(all[start..<end]), endStream: end == all.count))
        }
        let frames = try bench.exchange(
            .call(3, "/test.Echo/Unary"), .data(3, RawFrame.message([1]), endStream: true))
        #expect(frames.filter { $0.stream == 3 }.map(\.kind) == [1])
        #expect(bench.environment.counters.callsRejected.value == 1)
    }
}
