public import Base

/// How a server treats its connections. The bounds shared with other modules come from `Limits`.
public struct ServerConfiguration: Sendable {
    public var limits = Limits()
    /// How long a new connection may take to say that it speaks HTTP/2.
    public var handshakeTimeoutMs = 20_000
    /// After this long without a byte a peer is asked, by PING, whether it is there; 0: never.
    public var keepaliveTimeMs = 120_000
    /// How long it may take to answer.
    public var keepaliveTimeoutMs = 20_000
    /// How long the answers of a drain's end may take to leave.
    public var drainGraceMs = 500
    /// Several loops listen on the same TCP port.
    public var sharesPort = false
    /// RST_STREAM frames a peer may send at once, and per second after that.
    public var streamResetBurst = 1_000
    public var streamResetsPerSecond = 200

    public init() {}

    var http2: HTTP2Settings {
        var settings = HTTP2Settings()
        settings.maxConcurrentStreams = UInt32(clamping: limits.maxStreamsPerConnection)
        settings.maxHeaderListBytes = UInt32(clamping: limits.maxHeaderListBytes)
        settings.streamResetBurst = UInt64(clamping: streamResetBurst)
        settings.streamResetsPerSecond = UInt64(clamping: streamResetsPerSecond)
        return settings
    }
}
