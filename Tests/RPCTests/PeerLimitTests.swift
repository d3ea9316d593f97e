// Floods, and senders that never finish: raw frames in, GOAWAY or a status out, time by hand.

import Base
import Testing

@testable import RPC

struct PeerLimitTests {
    private static let ping = RawFrame(.ping, [UInt8](repeating: 1, count: 8))

    private func goAways(_ frames: [RawFrame]) -> [RawFrame] { frames.filter { $0.isA(.goAway) } }

    private func reason(_ frame: RawFrame) -> String {
        String(decoding: frame.payload.dropFirst(8), as: UTF8.self)
    }

    // MARK: Pings

    @Test func pingsTooSoonAreStrikesAndTheThirdEndsTheConnection() throws {
        let bench = try SessionBench()
        try bench.greet()
        try bench.receive(.call(1, "/test.Echo/Silent"))
        for _ in 0..<3 { #expect(goAways(try bench.exchange(Self.ping)).isEmpty) }
        let away = try #require(goAways(try bench.exchange(Self.ping)).first)
        #expect(away.errorCode == 11)
        #expect(reason(away) == "too_many_pings")
        #expect(bench.environment.counters.pingFloods.value == 1)
        #expect(bench.session?.http2.isFinished == true)
    }

    @Test func pingsAtTheAllowedPaceAreNoStrikes() throws {
        let bench = try SessionBench()
        try bench.greet()
        try bench.receive(.call(1, "/test.Echo/Both"))
        for _ in 0..<20 {
            bench.advance(ms: 300_000)
            #expect(goAways(try bench.exchange(Self.ping)).isEmpty)
        }
    }

    @Test func withoutCallsPingsMustBeTwoHoursApart() throws {
        let bench = try SessionBench()
        try bench.greet()
        for _ in 0..<3 {
            #expect(goAways(try bench.exchange(Self.ping)).isEmpty)
            bench.advance(ms: 300_000)
        }
        #expect(!goAways(try bench.exchange(Self.ping)).isEmpty)
        var configuration = ServerConfiguration()
        configuration.permitsPingsWithoutCalls = true
        let patient = try SessionBench(configuration)
        try patient.greet()
        for _ in 0..<20 {
            #expect(goAways(try patient.exchange(Self.ping)).isEmpty)
            patient.advance(ms: 300_000)
        }
    }

    @Test func whatTheServerSendsForgivesStrikes() throws {
        let bench = try SessionBench()
        try bench.greet()
        try bench.receive(.call(1, "/test.Echo/Both"))
        for _ in 0..<20 {
            let frames = try bench.exchange(
                Self.ping, Self.ping, .data(1, RawFrame.message([1])))
            #expect(goAways(frames).isEmpty)
        }
    }

    // MARK: Frames that carry nothing

    @Test(arguments: [
        RawFrame(.settings), RawFrame(.priority, stream: 1, [0, 0, 0, 0, 1]), .data(1, []),
    ])
    func aFloodOfEmptyFramesEndsTheConnection(frame: RawFrame) throws {
        var configuration = ServerConfiguration()
        configuration.idleFrameBurst = 50
        configuration.idleFramesPerSecond = 10
        let bench = try SessionBench(configuration)
        try bench.greet()
        try bench.receive(.call(1, "/test.Echo/Both"))
        var count = 0
        var away: [RawFrame] = []
        while away.isEmpty, count < 200 {
            away = goAways(try bench.exchange(frame))
            count += 1
        }
        #expect(away.map(\.errorCode) == [11])
        #expect(away.first.map(reason) == "too_many_frames")
        #expect((40...60).contains(count))
        #expect(bench.environment.counters.frameFloods.value == 1)
        // The same at a pace that the budget allows does no harm.
        let calm = try SessionBench(configuration)
        try calm.greet()
        try calm.receive(.call(1, "/test.Echo/Both"))
        for _ in 0..<200 {
            calm.advance(ms: 101)
            #expect(goAways(try calm.exchange(frame)).isEmpty)
        }
    }

    @Test func resetsThatAPeerProvokesAreCountedLikeItsOwn() throws {
        var configuration = ServerConfiguration()
        configuration.streamResetBurst = 20
        configuration.streamResetsPerSecond = 1
        let bench = try SessionBench(configuration)
        try bench.greet()
        var away: [RawFrame] = []
        for stream in stride(from: UInt32(1), to: 201, by: 2) where away.isEmpty {
            // A window past 2^31 - 1 is the caller's fault, and the server's reset.
            away = goAways(
                try bench.exchange(
                    .call(stream, "/test.Echo/Silent"), .windowUpdate(stream, 0x7FFF_FFFF)))
        }
        #expect(away.map(\.errorCode) == [11])
        #expect(bench.environment.counters.resetFloods.value == 1)
    }

    // MARK: Slow senders

    private func slow(timeoutMs: Int = 1_000) throws -> SessionBench {
        var configuration = ServerConfiguration()
        configuration.slowSenderTimeoutMs = timeoutMs
        let bench = try SessionBench(configuration)
        try bench.greet()
        return bench
    }

    @Test func aMessageThatDoesNotFinishEndsItsCallOnly() throws {
        let bench = try slow()
        let session = try #require(bench.session)
        try bench.receive(
            .call(1, "/test.Echo/Both"), .data(1, [0, 0, 0, 0, 9, 1]), .call(3, "/test.Echo/Both"))
        bench.advance(ms: 999)
        #expect(session.endSlowSenders())
        #expect(session.openCalls == 2)
        // More bytes of the same message do not start its time anew.
        try bench.receive(.data(1, [2]))
        bench.advance(ms: 1)
        #expect(session.endSlowSenders())
        #expect(bench.status(try bench.answer(), 1) == "4")
        #expect(session.openCalls == 1)
        #expect(bench.environment.counters.sendersTooSlow.value == 1)
        // A stream between messages may be as quiet as it likes.
        bench.advance(ms: 100_000)
        #expect(session.endSlowSenders())
        #expect(session.openCalls == 1)
    }

    @Test func aUnaryCallThatNeverSendsItsMessageEnds() throws {
        let bench = try slow()
        let session = try #require(bench.session)
        try bench.receive(.call(1, "/test.Echo/Unary", extra: [("grpc-timeout", "9H")]))
        bench.advance(ms: 1_000)
        #expect(session.endSlowSenders())
        #expect(bench.status(try bench.answer(), 1) == "4")
        // One that is whole waits for its handler, not for its caller.
        try bench.receive(
            .call(3, "/test.Echo/Silent", extra: [("grpc-timeout", "9H")]),
            .data(3, RawFrame.message([1]), endStream: true))
        bench.advance(ms: 100_000)
        #expect(session.endSlowSenders())
        #expect(session.openCalls == 1)
    }

    @Test func aHeaderBlockThatDoesNotFinishEndsTheConnection() throws {
        let bench = try slow()
        let session = try #require(bench.session)
        try bench.receive(.headers(1, [(":method", "POST")], endHeaders: false))
        bench.advance(ms: 999)
        #expect(session.endSlowSenders())
        bench.advance(ms: 1)
        #expect(!session.endSlowSenders())
    }

    @Test func withoutALimitSendersMayBeSlow() throws {
        let bench = try slow(timeoutMs: 0)
        try bench.receive(.call(1, "/test.Echo/Both"), .data(1, [0, 0, 0, 0, 9, 1]))
        bench.advance(ms: 1_000_000)
        #expect(bench.session?.endSlowSenders() == true)
        #expect(bench.session?.openCalls == 1)
    }

    @Test func everyCallThatBeganIsCountedAtItsEnd() throws {
        let bench = try SessionBench()
        try bench.greet()
        // An answer is waiting for the peer's window when the next message turns out to be broken.
        _ = try bench.exchange(
            .setting(4, 0), .call(1, "/test.Echo/Both"),
            .data(1, RawFrame.message([1]) + [9, 0, 0, 0, 0]))
        let counters = bench.environment.counters
        #expect(counters.callsStarted.value == 1)
        #expect(counters.callsFinished.value + counters.callsCancelled.value == 1)
        #expect(bench.session?.openCalls == 0)
    }

    // MARK: Age

    @Test func anOldConnectionIsToldToGoAndClosedAfterItsGrace() {
        let start = MonotonicTime(nanoseconds: 0)
        func at(_ ms: UInt64) -> MonotonicTime { MonotonicTime(nanoseconds: ms * 1_000_000) }
        var liveness = ConnectionLiveness(
            handshakeMs: 100, idleMs: 1_000_000, keepaliveMs: 0, timeoutMs: 100, ageMs: 10_000,
            graceMs: 2_000, openedAt: start)
        liveness.established()
        #expect(liveness.nextCheck(now: start) == at(10_000))
        #expect(liveness.check(now: at(9_999), isBusy: true) == .wait)
        #expect(liveness.check(now: at(10_000), isBusy: true) == .expire)
        #expect(liveness.nextCheck(now: at(10_000)) == at(12_000))
        #expect(liveness.check(now: at(11_999), isBusy: true) == .wait)
        #expect(liveness.check(now: at(12_000), isBusy: true) == .drop)
    }

    @Test func aBudgetAllowsItsBurstAndThenItsRate() {
        var budget = FrameBudget(burst: 10, perSecond: 5)
        let start = MonotonicTime(nanoseconds: 7)
        var allowed = 0
        while budget.spend(now: start) { allowed += 1 }
        #expect(allowed == 10)
        var later = 0
        for tick in 1...100 {
            let now = start.advanced(byNanoseconds: UInt64(tick) * 100_000_000)
            if budget.spend(now: now) { later += 1 }
        }
        #expect(later == 50)
    }
}
