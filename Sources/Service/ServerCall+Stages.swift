internal import Base
internal import Messages
internal import RPC

extension ServerCall {
    /// What the texts of one request took.
    func add(_ timings: Timings) {
        var stages = StageTimes()
        stages.tokenize = UInt64(clamping: timings.tokenizeNanoseconds)
        stages.queue = UInt64(clamping: timings.queueNanoseconds)
        stages.encode = UInt64(clamping: timings.encodeNanoseconds)
        add(stages)
    }

    /// What scoring took, of one request.
    func addScore(nanoseconds: Int64) {
        var stages = StageTimes()
        stages.score = UInt64(clamping: nanoseconds)
        add(stages)
    }
}
