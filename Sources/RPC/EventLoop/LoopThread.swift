public import Base
private import Synchronization

#if canImport(Glibc)
    private import Glibc
#endif

/// A thread with an event loop of its own: one per `--loops`, one for a client, one for a test's
/// server.
public final class LoopThread: Sendable {
    /// The way to the loop.
    public let mailbox: LoopMailbox
    private let thread: Mutex<pthread_t?>
    private let stop: LoopConfined<EventLoop>

    /// Starts the thread.
    /// - Parameters:
    ///   - name: what `top -H` calls it.
    ///   - setUp: runs on it before the loop does; what it throws is thrown here and the thread ends.
    public init<Result: Sendable>(
        name: String = "loop", returning result: inout Result?,
        setUp: @escaping @Sendable (EventLoop) throws -> Result
    ) throws {
        let start = Start(name, setUp)
        var thread = pthread_t()
        let context = Unmanaged<Runnable>.passRetained(start)
        let code = pthread_create(
            &thread, nil,
            { context in
                // Safe: the pointer is the one retained above.
                Unmanaged<Runnable>.fromOpaque(context.unsafelyUnwrapped).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        if code != 0 {
            context.release()
            throw LoopError(operation: "pthread_create", code: -code)
        }
        switch start.wait() {
        case .success(let ready):
            result = ready.result
            mailbox = ready.mailbox
            stop = ready.loop
            self.thread = Mutex(thread)
        case .failure(let error):
            pthread_join(thread, nil)
            throw error
        }
    }

    public convenience init(_ setUp: @escaping @Sendable (EventLoop) throws -> Void) throws {
        var nothing: Void?
        try self.init(returning: &nothing, setUp: setUp)
    }

    /// Ends the loop and waits for its thread. Not from that thread. Harmless when done before.
    public func join() {
        let stop = stop
        mailbox.post { stop.value.stop() }
        let joined = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        if let joined { pthread_join(joined, nil) }
    }
}

/// What crosses from the starting thread to the new one. A class of its own because a C callback
/// cannot name a generic type.
private class Runnable {
    func run() {}
}

private final class Start<Result: Sendable>: Runnable {
    struct Ready: Sendable {
        let result: Result
        let mailbox: LoopMailbox
        let loop: LoopConfined<EventLoop>
    }

    private let name: String
    private let setUp: @Sendable (EventLoop) throws -> Result
    private let outcome = Mutex<Swift.Result<Ready, any Error>?>(nil)
    private let semaphore: UnsafeMutablePointer<sem_t>

    init(_ name: String, _ setUp: @escaping @Sendable (EventLoop) throws -> Result) {
        self.name = name
        self.setUp = setUp
        semaphore = .allocate(capacity: 1)
        let code = sem_init(semaphore, 0, 0)
        // Fails only for a value beyond SEM_VALUE_MAX.
        precondition(code == 0, "sem_init failed")
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    override func run() {
        ThreadName.set(name)
        do {
            let loop = try EventLoop()
            loop.mailbox.adoptCurrentThread()
            let result = try setUp(loop)
            let ready = Ready(
                result: result, mailbox: loop.mailbox,
                loop: LoopConfined(loop, to: loop.mailbox))
            finish(.success(ready))
            loop.run()
        } catch {
            finish(.failure(error))
        }
    }

    private func finish(_ value: Swift.Result<Ready, any Error>) {
        outcome.withLock { $0 = value }
        sem_post(semaphore)
    }

    func wait() -> Swift.Result<Ready, any Error> {
        // Interrupted by signals; anything else would be a semaphore that is none.
        while sem_wait(semaphore) != 0 {}
        guard let value = outcome.withLock({ $0 }) else {
            preconditionFailure("woken without an outcome")
        }
        return value
    }
}
