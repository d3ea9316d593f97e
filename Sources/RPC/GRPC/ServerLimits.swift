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
    /// How long a header block or a message may take from its first byte to its last, and the one
    /// message of a unary call from the call's start; 0: for ever.
    var slowSenderTimeoutMs = 30_000
    // gRFC A8's defaults.
    var minPingIntervalMs = 300_000
    var permitsPingsWithoutCalls = false
    var maxPingStrikes = 2
    var idleFrameBurst = 1_000
    var idleFramesPerSecond = 100
    var streamResetBurst = 1_000
    var streamResetsPerSecond = 200

    init(_ limits: Limits) {
        maxMessageBytes = limits.maxMessageBytes
        maxHeaderListBytes = limits.maxHeaderListBytes
        maxPendingWriteBytes = limits.maxPendingWriteBytes
        maxGatheredBytes = max(limits.maxPendingWriteBytes * 4, limits.maxMessageBytes)
        defaultDeadlineMs = limits.defaultDeadlineMs
    }

    init(_ configuration: ServerConfiguration) {
        self.init(configuration.limits)
        lingerMs = configuration.unreadAnswerTimeoutMs
        slowSenderTimeoutMs = configuration.slowSenderTimeoutMs
        minPingIntervalMs = configuration.minPingIntervalMs
        permitsPingsWithoutCalls = configuration.permitsPingsWithoutCalls
        maxPingStrikes = configuration.maxPingStrikes
        idleFrameBurst = configuration.idleFrameBurst
        idleFramesPerSecond = configuration.idleFramesPerSecond
        streamResetBurst = configuration.streamResetBurst
        streamResetsPerSecond = configuration.streamResetsPerSecond
    }

    /// Unsent bytes of one call at which a streaming handler is told to wait.
    static let highWaterBytes = 64 * 1024
}
