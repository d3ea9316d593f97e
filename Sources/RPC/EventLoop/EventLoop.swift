// One libuv loop and the thread that runs it. Everything that hangs off a loop is confined to that
// thread; other threads reach it through the mailbox only.
//
// Replies are written once per turn: whoever queues output outside a read callback asks for `flush`,
// and the loop visits those who asked right after it polled and right before it polls again.

public import Base
internal import CUV
private import Synchronization

#if canImport(Glibc)
    private import Glibc
#endif

/// Has output that should leave before the loop sleeps.
protocol LoopFlushable: AnyObject {
    func flush()
}

public final class EventLoop {
    /// The way in for other threads.
    public let mailbox: LoopMailbox
    public let time: any TimeSource
    /// The time at the last event: cheap, and exact enough for deadlines.
    public private(set) var now: MonotonicTime
    /// What is being read came no earlier: it may have waited in the kernel while the loop was busy with
    /// what it found before, and then it has been waiting since at most when that began.
    public private(set) var arrival: MonotonicTime
    /// Of this turn, or where nothing has come yet of the one before.
    private var turnStart: MonotonicTime
    private var polledAt: MonotonicTime?
    /// A poll that takes longer found nothing waiting.
    private static let idlePollNanoseconds: UInt64 = 50_000
    let uv: UnsafeMutablePointer<uv_loop_t>
    let timers = TimerQueue()
    /// Every socket of this loop reads into it: what arrives is used up before the next read.
    let readBuffer: UnsafeMutableRawBufferPointer
    /// Frames on their way to `write`; empty between events.
    var output = ByteQueue()
    /// What is read from encrypted sockets, once it is plain; used up before the next read.
    let plainBuffer: UnsafeMutableRawBufferPointer
    /// Memory for the output of encrypted sockets; empty between events.
    var sealed = ByteQueue()
    private let wakeUp: WakeUp
    private var waiting: [any LoopFlushable] = []
    private var timerHandle: UnsafeMutablePointer<uv_timer_t>
    private var prepare: UnsafeMutablePointer<uv_prepare_t>
    private var check: UnsafeMutablePointer<uv_check_t>
    /// When libuv's timer is set to fire; `.max` when it is not.
    private var armedMs = UInt64.max
    private var hasRun = false

    private static let readBufferBytes = 64 * 1024
    /// Kept of `sealed`.
    static let sealedBytes = 256 * 1024

    public init(time: any TimeSource = SystemTime()) throws {
        // A peer that closes while we write is an error code, not a signal that ends the process.
        signal(SIGPIPE, SIG_IGN)
        self.time = time
        now = time.now()
        arrival = now
        turnStart = now
        uv = UnsafeMutablePointer<uv_loop_t>.allocate(capacity: 1)
        let code = uv_loop_init(uv)
        if code < 0 {
            uv.deallocate()
            throw LoopError(operation: "uv_loop_init", code: code)
        }
        readBuffer = .allocate(byteCount: Self.readBufferBytes, alignment: 64)
        plainBuffer = .allocate(byteCount: Self.readBufferBytes, alignment: 64)
        timerHandle = .allocate(capacity: 1)
        prepare = .allocate(capacity: 1)
        check = .allocate(capacity: 1)
        let wakeUp = WakeUp()
        self.wakeUp = wakeUp
        mailbox = LoopMailbox(wake: { wakeUp.send() })
        try startHandles()
    }

    deinit {
        if !hasRun { closeEverything() }
        let code = uv_loop_close(uv)
        // UV_EBUSY would mean a handle whose close callback has not run: `run` waits for them.
        precondition(code == 0, "an event loop was dropped with open handles")
        uv.deallocate()
        readBuffer.deallocate()
        plainBuffer.deallocate()
        timerHandle.deallocate()
        prepare.deallocate()
        check.deallocate()
    }

    /// Runs on the calling thread until `stop`, then closes every handle of the loop. Once only.
    public func run() {
        precondition(!hasRun, "an event loop runs once")
        hasRun = true
        mailbox.adoptCurrentThread()
        uv_run(uv, UV_RUN_DEFAULT)
        mailbox.drain()
        mailbox.close()
        closeEverything()
    }

    /// Ends `run` after the current turn. Loop's thread, or any before `run`.
    public func stop() { uv_stop(uv) }

    /// Runs `action` on this loop after at least `afterMs`.
    @discardableResult
    public func schedule(afterMs: Int, _ action: @escaping () -> Void) -> LoopTimer {
        let timer = LoopTimer(action)
        schedule(timer, at: time.now().advanced(byNanoseconds: UInt64(max(0, afterMs)) * 1_000_000))
        return timer
    }

    func schedule(_ timer: LoopTimer, at deadline: MonotonicTime) {
        timers.schedule(timer, at: deadline)
    }

    func refreshNow() {
        now = time.now()
        guard let polledAt else { return }
        self.polledAt = nil
        let wasIdle = now.nanoseconds(since: polledAt) > Self.idlePollNanoseconds
        arrival = wasIdle ? now : turnStart
        turnStart = now
    }

    /// `object.flush()` runs before the loop sleeps again. The caller asks once per flush.
    func requestFlush(_ object: any LoopFlushable) { waiting.append(object) }

    // MARK: Turns

    private func startHandles() throws(LoopError) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        try LoopError.check(wakeUp.open(uv, context), "uv_async_init")
        try LoopError.check(uv_timer_init(uv, timerHandle), "uv_timer_init")
        try LoopError.check(uv_prepare_init(uv, prepare), "uv_prepare_init")
        try LoopError.check(uv_check_init(uv, check), "uv_check_init")
        timerHandle.pointee.data = context
        prepare.pointee.data = context
        check.pointee.data = context
        try LoopError.check(
            uv_prepare_start(prepare) { EventLoop.from($0?.pointee.data).beforePoll() },
            "uv_prepare_start")
        try LoopError.check(
            uv_check_start(check) { EventLoop.from($0?.pointee.data).flushWaiting() },
            "uv_check_start")
    }

    fileprivate static func from(_ data: UnsafeMutableRawPointer?) -> EventLoop {
        // `startHandles` sets the data of each handle before it can call back.
        Unmanaged<EventLoop>.fromOpaque(data.unsafelyUnwrapped).takeUnretainedValue()
    }

    fileprivate func woken() {
        refreshNow()
        mailbox.drain()
    }

    private func beforePoll() {
        flushWaiting()
        polledAt = time.now()
        guard let soonest = timers.soonest else { return }
        let dueMs = soonest.nanoseconds / 1_000_000 + 1
        if dueMs < armedMs { arm(dueMs) }
    }

    private func flushWaiting() {
        // What a flush causes waits for the next round of this loop; most turns have one.
        while !waiting.isEmpty {
            let batch = waiting
            waiting.removeAll(keepingCapacity: true)
            for object in batch { object.flush() }
        }
    }

    private func arm(_ dueMs: UInt64) {
        armedMs = dueMs
        let nowMs = uv_now(uv)
        // Cannot fail: the callback is given and the handle is not closing while the loop runs.
        uv_timer_start(
            timerHandle, { EventLoop.from($0?.pointee.data).timerFired() },
            dueMs > nowMs ? dueMs - nowMs : 0, 0)
    }

    private func timerFired() {
        armedMs = .max
        refreshNow()
        timers.fire(now: now)
    }

    // MARK: The end

    private func closeEverything() {
        uv_walk(
            uv,
            { handle, own in
                guard let handle, uv_is_closing(handle) == 0 else { return }
                if handle.pointee.data == own {
                    uv_close(handle, nil)
                } else {
                    LoopHandle.object(handle, as: LoopHandle.self).close()
                }
            }, Unmanaged.passUnretained(self).toOpaque())
        wakeUp.closed()
        uv_run(uv, UV_RUN_DEFAULT)
    }
}

/// The mailbox's bell. Any thread may ring it, also one that comes too late: the lock keeps the
/// handle from being closed under a ring.
private final class WakeUp: @unchecked Sendable {
    // Safe: `handle` is touched by `send` under the lock while it is open, and else by the loop's
    // thread only.
    private let isOpen = Mutex(false)
    private let handle = UnsafeMutablePointer<uv_async_t>.allocate(capacity: 1)

    deinit { handle.deallocate() }

    func open(_ uv: UnsafeMutablePointer<uv_loop_t>, _ context: UnsafeMutableRawPointer) -> Int32 {
        let code = uv_async_init(uv, handle) { EventLoop.from($0?.pointee.data).woken() }
        handle.pointee.data = context
        isOpen.withLock { $0 = code == 0 }
        return code
    }

    func send() {
        // Fails only for a handle that is not an async one.
        isOpen.withLock { isOpen in if isOpen { _ = uv_async_send(handle) } }
    }

    func closed() { isOpen.withLock { $0 = false } }
}
