internal import Base
internal import Glibc

/// A POSIX thread: encoding wants a thread of its own, not one of a pool of tasks.
enum WorkerThread {
    /// What the thread is handed, once.
    private final class Start {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// - Parameter name: what `top -H` calls it.
    /// - Returns: to be joined.
    static func start(name: String, _ body: @escaping @Sendable () -> Void) -> pthread_t {
        var thread = pthread_t()
        let start = Unmanaged.passRetained(
            Start {
                ThreadName.set(name)
                body()
            })
        let status = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue().body()
                return nil
            }, start.toOpaque())
        // Only at start-up, where a machine without threads cannot serve at all.
        precondition(status == 0, "no thread: error \(status)")
        return thread
    }
}
