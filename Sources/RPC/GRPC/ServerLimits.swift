internal import Base

/// What one connection and its calls are held to.
struct ServerLimits {
    var maxMessageBytes: Int
    var maxHeaderListBytes: Int
    /// Unsent bytes of a connection past which its new calls are refused, and of a call past which
    /// it is ended.
    var maxPendingWriteBytes: Int
    /// Incomplete messages of a connection together.
    var maxGatheredBytes: Int
    /// For a unary call without a deadline of its own.
    var defaultDeadlineMs: Int
    /// How long a caller may take to read an answer that is complete.
    var lingerMs = 30_000

    init(_ limits: Limits) {
        maxMessageBytes = limits.maxMessageBytes
        maxHeaderListBytes = limits.maxHeaderListBytes
        maxPendingWriteBytes = limits.maxPendingWriteBytes
        maxGatheredBytes = max(limits.maxPendingWriteBytes * 4, limits.maxMessageBytes)
        defaultDeadlineMs = limits.defaultDeadlineMs
    }

    /// Unsent bytes of one call at which a streaming handler is told to wait.
    static let highWaterBytes = 64 * 1024
}
