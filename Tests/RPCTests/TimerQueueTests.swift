import Base
import Testing

@testable import RPC

struct TimerQueueTests {
    private func time(_ ns: UInt64) -> MonotonicTime { MonotonicTime(nanoseconds: ns) }

    @Test func timersFireInOrderAndOnlyWhenDue() {
        let queue = TimerQueue()
        var fired: [Int] = []
        for due in [5, 1, 4, 2, 3] {
            queue.schedule(LoopTimer { fired.append(due) }, at: time(UInt64(due)))
        }
        queue.fire(now: time(3))
        #expect(fired == [1, 2, 3])
        queue.fire(now: time(10))
        #expect(fired == [1, 2, 3, 4, 5])
        #expect(queue.count == 0)
    }

    @Test func aRandomMixOfSchedulingMovingAndCancellingKeepsTheOrder() {
        var random = SeededRandom(seed: 11)
        let queue = TimerQueue()
        var due: [Int: UInt64] = [:]
        var fired: [Int] = []
        let timers = (0..<300).map { index in LoopTimer { fired.append(index) } }
        for _ in 0..<5_000 {
            let index = Int.random(in: 0..<timers.count, using: &random)
            if Bool.random(using: &random) {
                let deadline = UInt64.random(in: 1...1_000, using: &random)
                queue.schedule(timers[index], at: time(deadline))
                due[index] = deadline
            } else {
                timers[index].cancel()
                due[index] = nil
            }
            #expect(queue.count == due.count)
            #expect(queue.soonest?.nanoseconds == due.values.min())
        }
        queue.fire(now: time(1_000))
        #expect(Set(fired) == Set(due.keys))
        #expect(fired.map { due[$0] ?? 0 } == fired.map { due[$0] ?? 0 }.sorted())
    }

    @Test func aTimerMayCancelAnotherAndScheduleItself() {
        let queue = TimerQueue()
        var count = 0
        var again: LoopTimer?
        let victim = LoopTimer { count += 100 }
        again = LoopTimer {
            count += 1
            victim.cancel()
            if let again, count < 3 { queue.schedule(again, at: MonotonicTime(nanoseconds: 7)) }
        }
        queue.schedule(victim, at: time(6))
        if let again { queue.schedule(again, at: time(5)) }
        queue.fire(now: time(8))
        #expect(count == 3)
        again = nil
    }

    @Test func aTimerOutlivesItsQueue() {
        let timer = LoopTimer {}
        var queue: TimerQueue? = TimerQueue()
        queue?.schedule(timer, at: time(1))
        queue = nil
        #expect(!timer.isScheduled)
        timer.cancel()
    }
}

struct ConnectionLivenessTests {
    private let start = MonotonicTime(nanoseconds: 1)

    private func after(_ ms: Int) -> MonotonicTime {
        start.advanced(byNanoseconds: UInt64(ms) * 1_000_000)
    }

    private func liveness() -> ConnectionLiveness {
        ConnectionLiveness(
            handshakeMs: 100, idleMs: 10_000, keepaliveMs: 1_000, timeoutMs: 200,
            openedAt: start)
    }

    @Test func aPeerThatNeverSpeaksHTTP2IsDropped() {
        var liveness = liveness()
        liveness.received(now: after(50), isBusy: false)
        #expect(liveness.check(now: after(99), isBusy: false) == .wait)
        #expect(liveness.check(now: after(100), isBusy: false) == .drop)
    }

    @Test func aSilentPeerIsPingedAndThenDropped() {
        var liveness = liveness()
        liveness.established()
        #expect(liveness.check(now: after(999), isBusy: true) == .wait)
        #expect(liveness.check(now: after(1_000), isBusy: true) == .ping)
        #expect(liveness.check(now: after(1_100), isBusy: true) == .wait)
        #expect(liveness.check(now: after(1_200), isBusy: true) == .drop)
    }

    @Test func anAnsweredPingKeepsTheConnection() {
        var liveness = liveness()
        liveness.established()
        #expect(liveness.check(now: after(1_000), isBusy: true) == .ping)
        liveness.received(now: after(1_050), isBusy: true)
        #expect(liveness.check(now: after(1_200), isBusy: true) == .wait)
        #expect(liveness.check(now: after(2_050), isBusy: true) == .ping)
    }

    @Test func aConnectionWithoutCallsIsRetiredAndThenDropped() {
        var liveness = liveness()
        liveness.established()
        liveness.received(now: after(9_999), isBusy: false)
        #expect(liveness.check(now: after(10_000), isBusy: false) == .retire)
        #expect(liveness.check(now: after(10_100), isBusy: false) == .wait)
        #expect(liveness.check(now: after(10_200), isBusy: false) == .drop)
    }

    @Test func checksAreNeverAskedForInThePast() {
        var liveness = liveness()
        liveness.established()
        for ms in stride(from: 0, through: 20_000, by: 37) {
            _ = liveness.check(now: after(ms), isBusy: ms % 3 == 0)
            #expect(liveness.nextCheck(now: after(ms)) > after(ms))
        }
    }
}
