private import Glibc

/// A lock with its state and a way to wait for a change of it, which `Synchronization.Mutex` has
/// not: the one lock of the scheduler.
final class Monitor<State>: @unchecked Sendable {
    // Safe: `state` is touched only between lock and unlock.
    private var state: State
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init(_ state: State) {
        self.state = state
        // Fail only for lack of memory, which ends the process.
        precondition(pthread_mutex_init(mutex, nil) == 0)
        precondition(pthread_cond_init(changed, nil) == 0)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    func withLock<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
        precondition(pthread_mutex_lock(mutex) == 0)
        defer { precondition(pthread_mutex_unlock(mutex) == 0) }
        return try body(&state)
    }

    /// Calls `body` again after every change until it returns something.
    func waitFor<Result>(_ body: (inout State) -> Result?) -> Result {
        precondition(pthread_mutex_lock(mutex) == 0)
        defer { precondition(pthread_mutex_unlock(mutex) == 0) }
        while true {
            if let result = body(&state) { return result }
            precondition(pthread_cond_wait(changed, mutex) == 0)
        }
    }

    func wakeOne() { precondition(pthread_cond_signal(changed) == 0) }

    func wakeAll() { precondition(pthread_cond_broadcast(changed) == 0) }
}
