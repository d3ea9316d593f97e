internal import Base

/// What the connections of one loop share: methods, limits, timers, the codec and the pool of calls.
/// Confined to the loop.
final class ServerEnvironment {
    let methods: MethodRegistry
    /// Nil admits every call.
    let gate: (any CallGate)?
    let limits: ServerLimits
    let mailbox: LoopMailbox
    let timers: TimerQueue
    let counters: ServerCounters
    let metrics: CallMetrics
    /// Nil: nobody hears of slow calls.
    let log: CallLog?
    /// What durations end by; nil takes the time of the event being handled.
    let time: (any TimeSource)?
    let codec = MessageCodec()
    /// The time at the event being handled. Set by whoever feeds the sessions.
    var now: MonotonicTime
    /// What is being read came no earlier.
    var arrival: MonotonicTime
    private var free: [ActiveCall] = []
    private var isClosed = false

    /// Calls kept for reuse; each holds some 20 KiB at the most.
    private static let maxFreeCalls = 2_048

    init(
        methods: MethodRegistry, limits: ServerLimits, mailbox: LoopMailbox, timers: TimerQueue,
        counters: ServerCounters, now: MonotonicTime, gate: (any CallGate)? = nil,
        log: CallLog? = nil, time: (any TimeSource)? = nil
    ) {
        self.gate = gate
        self.log = log
        self.time = time
        metrics = CallMetrics(methods)
        self.methods = methods
        self.limits = limits
        self.mailbox = mailbox
        self.timers = timers
        self.counters = counters
        self.now = now
        arrival = now
    }

    func takeCall() -> ActiveCall { free.popLast() ?? ActiveCall(self) }

    func giveBack(_ call: ActiveCall) {
        if free.count < Self.maxFreeCalls && !isClosed { free.append(call) }
    }

    /// Pooled calls and their environment hold each other; the server lets them go when it goes.
    func close() {
        isClosed = true
        free = []
    }
}
