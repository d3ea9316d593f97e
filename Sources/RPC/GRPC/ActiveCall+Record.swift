internal import Base

extension ActiveCall {
    /// The call has its status: counted once, and told where it took long.
    func record(_ code: StatusCode) {
        let endedAt = environment.time?.now() ?? environment.now
        let nanoseconds = endedAt.nanoseconds(since: startedAt)
        environment.metrics.ended(
            methodReference?.borrow { $0.index }, code, nanoseconds: nanoseconds)
        guard let log = environment.log, nanoseconds >= log.thresholdNanoseconds else { return }
        log.ended(
            EndedCall(
                path: method?.path ?? "", code: code, nanoseconds: nanoseconds, stages: stages,
                trace: fields.text("traceparent").flatMap(TraceContext.init), caller: caller))
    }

    /// One request of this call took so long.
    func add(_ times: StageTimes) {
        stages += times
        environment.metrics.record(times)
    }
}
