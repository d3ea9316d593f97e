public import Base
private import Synchronization

/// A call that ended, as a log tells it.
public struct EndedCall {
    /// `/package.Service/Method`; empty where the server has no such method.
    public let path: String
    public let code: StatusCode
    public let nanoseconds: UInt64
    /// Of all requests of the call together.
    public let stages: StageTimes
    /// What the caller sent; nil without one, or with one that is malformed.
    public let trace: TraceContext?
    /// Whom the gate has recognised.
    public let caller: AnyObject?
}

/// Hears of the calls that took long. Shared by all loops.
public final class CallLog: Sendable {
    private let threshold: Atomic<UInt64>
    private let write: @Sendable (EndedCall) -> Void

    /// - Parameters:
    ///   - thresholdNanoseconds: calls that took less are not told.
    ///   - write: called on a loop's thread, once a call.
    public init(
        thresholdNanoseconds: UInt64, _ write: @escaping @Sendable (EndedCall) -> Void
    ) {
        threshold = Atomic(thresholdNanoseconds)
        self.write = write
    }

    public var thresholdNanoseconds: UInt64 {
        get { threshold.load(ordering: .relaxed) }
        set { threshold.store(newValue, ordering: .relaxed) }
    }

    func ended(_ call: EndedCall) { write(call) }
}
