// Sends requests at their moments and hears their answers. A pacing thread sleeps until each moment
// and hands the request to the loop that owns the connections; it waits for no answer, so a slow
// server is asked as often as a fast one, and latency counts from the moment a request was meant to
// be sent (Tene's "coordinated omission").

import Base
import Foundation
import Glibc
import RPC

/// How requests are sent.
struct LoadOptions: Sendable {
    var deadlineMs: Int?
    /// Of a hundred requests, cancelled a few milliseconds after they were sent.
    var cancelPercent = 0.0
    var seed: UInt64 = 1
}

/// The connections to one server, on a loop with a thread of its own.
final class LoadDriver {
    private let thread: LoopThread
    private let sender: LoopConfined<LoadSender>

    init(target: ClientTarget, connections: Int) throws {
        let opened = DispatchSemaphore(value: 0)
        var sender: LoopConfined<LoadSender>?
        thread = try LoopThread(name: "load", returning: &sender) { loop in
            LoopConfined(
                LoadSender(loop: loop, target: target, connections: connections) {
                    opened.signal()
                }, to: loop.mailbox)
        }
        self.sender = sender!
        opened.wait()
        try check()
    }

    func close() {
        let sender = sender
        thread.mailbox.post { sender.value.close() }
        thread.join()
    }

    /// - Parameter offsets: nanoseconds from the start, rising.
    func run(
        _ requests: LoadRequests, offsets: [UInt64], _ options: LoadOptions
    ) throws -> LoadRecord {
        let start = SystemTime().now().advanced(byNanoseconds: 20_000_000)
        begin(requests, options)
        var next = 0
        while next < offsets.count {
            Self.sleep(until: start.nanoseconds + offsets[next])
            let now = SystemTime().now().nanoseconds
            var due: [MonotonicTime] = []
            while next < offsets.count, start.nanoseconds + offsets[next] <= now {
                due.append(start.advanced(byNanoseconds: offsets[next]))
                next += 1
            }
            let sender = sender
            let moments = due
            thread.mailbox.post { for moment in moments { sender.value.send(meantFor: moment) } }
        }
        var record = try end()
        record.start = start
        return record
    }

    /// Keeps so many requests under way: what the server can do, not how it feels.
    func saturate(
        _ requests: LoadRequests, inFlight: Int, seconds: Double, _ options: LoadOptions
    ) throws -> LoadRecord {
        begin(requests, options)
        let sender = sender
        let until = SystemTime().now().advanced(byNanoseconds: UInt64(seconds * 1e9))
        thread.mailbox.post { sender.value.saturate(inFlight: inFlight, until: until) }
        Self.sleep(until: until.nanoseconds)
        return try end()
    }

    private func begin(_ requests: LoadRequests, _ options: LoadOptions) {
        let sender = sender
        thread.mailbox.post { sender.value.begin(requests, options) }
    }

    /// Waits for the last answers.
    private func end() throws -> LoadRecord {
        let ended = DispatchSemaphore(value: 0)
        let sender = sender
        thread.mailbox.post { sender.value.whenIdle { ended.signal() } }
        guard ended.wait(timeout: .now() + 120) == .success else {
            throw Fault(
                .deadlineExceeded, reason: "NO_ANSWER", "requests are unanswered after two minutes")
        }
        try check()
        return onLoop { $0.record }
    }

    private func check() throws {
        if let failure = onLoop({ $0.failure }) {
            throw Fault(.unavailable, reason: "NO_CONNECTION", failure)
        }
    }

    private func onLoop<Value: Sendable>(
        _ read: @escaping @Sendable (LoadSender) -> Value
    ) -> Value {
        let box = LoadBox<Value>()
        let sender = sender
        thread.mailbox.post { box.put(read(sender.value)) }
        return box.take()
    }

    private static func sleep(until nanoseconds: UInt64) {
        var moment = timespec(
            tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        // Fails with EINTR alone: sleep on.
        while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &moment, nil) == EINTR {}
    }
}

/// Hands one value from a loop to the thread that waits for it.
private final class LoadBox<Value: Sendable>: @unchecked Sendable {
    // Safe: written before the signal, read after it.
    private var value: Value?
    private let ready = DispatchSemaphore(value: 0)

    func put(_ value: Value) {
        self.value = value
        ready.signal()
    }

    func take() -> Value {
        ready.wait()
        return value!
    }
}
