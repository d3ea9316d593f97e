public import Base

/// How a server treats its connections. The bounds shared with other modules come from `Limits`.
public struct ServerConfiguration: Sendable {
    public var limits = Limits()
    /// What encrypts TCP connections, read anew by each; nil takes them as they are. Unix sockets
    /// are never encrypted.
    public var tls: Snapshot<TLSContext>?
    /// TLS handshakes under way on a loop; connections past them are refused.
    public var maxHandshakes = 512
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
    /// How often a peer may ping while it has calls (gRFC A8); sooner is a strike.
    public var minPingIntervalMs = 300_000
    /// Off, a connection without calls may ping every two hours only.
    public var permitsPingsWithoutCalls = false
    /// Past these the connection ends with GOAWAY too_many_pings; 0: pings are not limited.
    public var maxPingStrikes = 2
    /// A connection of this age is told to go, give or take a tenth, so that callers spread over new
    /// servers; 0: never.
    public var maxConnectionAgeMs = 0
    /// How long its calls may take to finish after that.
    public var maxConnectionAgeGraceMs = 60_000
    /// How long a header block or a message may take to arrive; 0: for ever.
    public var slowSenderTimeoutMs = 30_000
    /// How long a caller may take to read an answer that is complete.
    public var unreadAnswerTimeoutMs = 30_000
    /// SETTINGS, PRIORITY and empty DATA frames a peer may send at once, and per second after that.
    public var idleFrameBurst = 1_000
    public var idleFramesPerSecond = 100
    /// CONTINUATION frames after one HEADERS frame.
    public var maxContinuations = 8
    /// RST_STREAM frames a peer may send, or make the server send, at once, and per second after
    /// that.
    public var streamResetBurst = 1_000
    public var streamResetsPerSecond = 200

    /// Name and place of every number above, for configuration files and print-outs.
    public static let fields:
        [(name: String, path: any WritableKeyPath<ServerConfiguration, Int> & Sendable)] = [
            ("maxHandshakes", \.maxHandshakes),
            ("handshakeTimeoutMs", \.handshakeTimeoutMs),
            ("keepaliveTimeMs", \.keepaliveTimeMs),
            ("keepaliveTimeoutMs", \.keepaliveTimeoutMs),
            ("drainGraceMs", \.drainGraceMs),
            ("minPingIntervalMs", \.minPingIntervalMs),
            ("maxPingStrikes", \.maxPingStrikes),
            ("maxConnectionAgeMs", \.maxConnectionAgeMs),
            ("maxConnectionAgeGraceMs", \.maxConnectionAgeGraceMs),
            ("slowSenderTimeoutMs", \.slowSenderTimeoutMs),
            ("unreadAnswerTimeoutMs", \.unreadAnswerTimeoutMs),
            ("idleFrameBurst", \.idleFrameBurst),
            ("idleFramesPerSecond", \.idleFramesPerSecond),
            ("maxContinuations", \.maxContinuations),
            ("streamResetBurst", \.streamResetBurst),
            ("streamResetsPerSecond", \.streamResetsPerSecond),
        ]

    public init() {}

    var http2: HTTP2Settings {
        var settings = HTTP2Settings()
        settings.maxConcurrentStreams = UInt32(clamping: limits.maxStreamsPerConnection)
        settings.maxHeaderListBytes = UInt32(clamping: limits.maxHeaderListBytes)
        settings.maxContinuations = maxContinuations
        return settings
    }
}
