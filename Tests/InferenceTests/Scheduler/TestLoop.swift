import Base
import Foundation
import Synchronization

/// A thread that drains a mailbox, as an event loop does.
final class TestLoop: Sendable {
    let mailbox: LoopMailbox
    private let wake: DispatchSemaphore
    private let isOver = Atomic<Bool>(false)
    private let ended = DispatchSemaphore(value: 0)

    init() {
        let wake = DispatchSemaphore(value: 0)
        self.wake = wake
        mailbox = LoopMailbox { wake.signal() }
        Thread.detachNewThread { [self] in
            mailbox.adoptCurrentThread()
            while !isOver.load(ordering: .acquiring) {
                wake.wait()
                mailbox.drain()
            }
            mailbox.drain()
            mailbox.close()
            ended.signal()
        }
    }

    func stop() {
        isOver.store(true, ordering: .releasing)
        wake.signal()
        ended.wait()
    }
}

/// Counts down to nothing and lets a test wait for it.
final class Countdown: Sendable {
    private let left: Mutex<Int>
    private let done = DispatchSemaphore(value: 0)

    init(_ count: Int) { left = Mutex(count) }

    func count() {
        let isLast = left.withLock { left in
            left -= 1
            return left == 0
        }
        if isLast { done.signal() }
    }

    /// False when it did not come to nothing in half a minute.
    func wait() -> Bool { done.wait(timeout: .now() + 30) == .success }
}
