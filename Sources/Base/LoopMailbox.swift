// How another thread hands work to an event loop, and how an object that belongs to a loop may be
// named on the way there. Base knows no libuv: the loop gives the mailbox its wake-up.

private import Synchronization

#if canImport(Glibc)
    private import Glibc
#endif

/// Closures waiting for one loop. Any thread posts; the loop's thread alone runs them, in order.
///
/// Bounded by what posts to it: each job of a worker or store posts exactly one completion, and
/// their queues are bounded.
public final class LoopMailbox: Sendable {
    private struct State {
        var waiting: [@Sendable () -> Void] = []
        /// What the last batch lay in, kept so that the next one need not allocate.
        var spare: [@Sendable () -> Void] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let ownerThread = Atomic<UInt>(0)
    private let wake: @Sendable () -> Void

    /// - Parameter wake: called by the poster after the first closure of a batch; must make the
    ///   loop call `drain()` soon and be callable from any thread (`uv_async_send`).
    public init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    /// Called once by the loop's thread before it runs anything.
    public func adoptCurrentThread() {
        ownerThread.store(UInt(pthread_self()), ordering: .relaxed)
    }

    /// True on the thread that adopted this mailbox.
    public var isOnLoop: Bool { ownerThread.load(ordering: .relaxed) == UInt(pthread_self()) }

    /// Returns false when the loop is gone: the closure is dropped and nobody is left to care.
    @discardableResult
    public func post(_ work: @escaping @Sendable () -> Void) -> Bool {
        let (accepted, mustWake) = state.withLock { state -> (Bool, Bool) in
            if state.isClosed { return (false, false) }
            state.waiting.append(work)
            return (true, state.waiting.count == 1)
        }
        if mustWake { wake() }
        return accepted
    }

    /// Runs what is waiting; what that posts waits for the next turn. Loop thread only.
    public func drain() {
        precondition(isOnLoop, "drained off its loop")
        var batch = state.withLock { state in
            let batch = state.waiting
            state.waiting = state.spare
            state.spare = []
            return batch
        }
        for work in batch { work() }
        // A burst's storage is not kept for ever.
        if batch.capacity > Self.maxSpare { return }
        batch.removeAll(keepingCapacity: true)
        state.withLock { $0.spare = batch }
    }

    private static let maxSpare = 1_024

    /// No closure is accepted afterwards. Loop thread only, after the last drain.
    public func close() { state.withLock { $0.isClosed = true } }
}

/// Carries an object that belongs to a loop through a `@Sendable` closure. Reading it anywhere
/// but on that loop's thread is a programming error and stops the process.
public struct LoopConfined<Value>: @unchecked Sendable {
    // Safe: the value is read only behind the thread check.
    @usableFromInline let confined: Value
    @usableFromInline let mailbox: LoopMailbox

    @inlinable
    public init(_ value: Value, to mailbox: LoopMailbox) {
        confined = value
        self.mailbox = mailbox
    }

    @inlinable
    public var value: Value {
        precondition(mailbox.isOnLoop, "a loop-confined value was touched off its loop")
        return confined
    }
}
