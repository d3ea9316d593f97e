// Where ranking runs: a short list at once on the loop, a long one as a slice on a worker, so that no
// request holds the loop for longer than a slice.

internal import Base
internal import Inference
internal import RPC

/// A result with the time it took.
struct Timed<Value: Sendable>: Sendable {
    var value: Value
    var nanoseconds: Int64

    init(_ time: any TimeSource, _ work: () -> Value) {
        let start = time.now()
        value = work()
        nanoseconds = Int64(time.now().nanoseconds(since: start))
    }
}

extension ServerState {
    /// Runs `work` and hands its result to `then` on the call's loop: before this returns when the
    /// list is short, later otherwise. Returns a ticket only in the second case.
    func rank<Handler: AnyObject, Value: Sendable>(
        candidates: Int, for handler: Handler, on call: ServerCall, callerClass: CallerClass,
        work: @escaping @Sendable () -> Value,
        then:
            @escaping @Sendable (Handler, Result<Timed<Value>, Fault>, ServerCall) -> Void
    ) -> Scheduler.Ticket? {
        let time = self.time
        if candidates <= limits.maxCandidatesOnLoop {
            then(handler, .success(Timed(time, work)), call)
            return nil
        }
        return rankOnWorker(
            for: handler, on: call, callerClass: callerClass, work: work, then: then)
    }

    /// The same for a list that is long.
    func rankOnWorker<Handler: AnyObject, Value: Sendable>(
        for handler: Handler, on call: ServerCall, callerClass: CallerClass,
        work: @escaping @Sendable () -> Value,
        then:
            @escaping @Sendable (Handler, Result<Timed<Value>, Fault>, ServerCall) -> Void
    ) -> Scheduler.Ticket {
        let time = self.time
        let confined = LoopConfined((handler, call), to: call.mailbox)
        return scheduler.perform(
            deadline: call.deadline, class: callerClass, mailbox: call.mailbox,
            work: { Timed(time, work) },
            completion: { result in
                let (handler, call) = confined.value
                then(handler, result, call)
            })
    }
}
