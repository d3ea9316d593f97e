// What a peer may not do to its connection, whatever its calls are: floods, and senders that never
// finish. Each limit is counted, and a flood is answered ENHANCE_YOUR_CALM with its name.

internal import Base

/// The budgets of one connection.
struct PeerBudgets {
    var pings: PingPolicy
    /// Frames that cost work and carry nothing: SETTINGS, PRIORITY, DATA without data.
    var idleFrames: FrameBudget
    /// Streams that end by RST_STREAM: the peer's own, and those its faults make the server send
    /// (CVE-2023-44487, CVE-2025-8671). A good answer earns one, so that a caller may give up half
    /// of its calls (hedging) for ever, and giving up at the deadline that the call came with costs
    /// nothing, or a slow moment of the server's would end the connections of all who wait for it.
    var resets: FrameBudget

    init(_ limits: ServerLimits) {
        pings = PingPolicy(
            minIntervalMs: limits.minPingIntervalMs,
            permitsWithoutCalls: limits.permitsPingsWithoutCalls,
            maxStrikes: limits.maxPingStrikes)
        idleFrames = FrameBudget(
            burst: limits.idleFrameBurst, perSecond: limits.idleFramesPerSecond)
        resets = FrameBudget(
            burst: limits.streamResetBurst, perSecond: limits.streamResetsPerSecond)
    }
}

extension ServerSession {
    func pingReceived() {
        environment.counters.pingsReceived.add()
        if http2.takeContentSent() { budgets.pings.contentSent() }
        if !budgets.pings.received(now: environment.now, hasCalls: openCalls > 0) {
            expel(environment.counters.pingFloods, "too_many_pings")
        }
    }

    func idleFrameReceived() {
        if !budgets.idleFrames.spend(now: environment.now) {
            expel(environment.counters.frameFloods, "too_many_frames")
        }
    }

    func continuationsExceeded() {
        expel(environment.counters.continuationFloods, "too_many_continuations")
    }

    func resetReceived(_ stream: HTTP2Stream?) {
        environment.counters.resetsReceived.add()
        if let call = stream?.owner as? ActiveCall, call.isAboutToExpire { return }
        spendReset()
    }

    func resetSent(_ error: HTTP2ErrorCode) {
        switch error {
        case .refusedStream: environment.counters.streamsRefused.add()
        case .noError, .cancel: return
        default: spendReset()
        }
    }

    private func spendReset() {
        if !budgets.resets.spend(now: environment.now) {
            expel(environment.counters.resetFloods, "too_many_resets")
        }
    }

    private func expel(_ counter: LoopCounter, _ reason: StaticString) {
        if http2.isCondemned { return }
        counter.add()
        http2.condemn(.enhanceYourCalm, reason)
    }

    // MARK: Slow senders

    /// Ends what has been arriving for too long. To be called a few times in `slowSenderTimeoutMs`,
    /// not from inside `receive` or `produce`.
    /// - Returns: false when the connection itself is stuck, inside a frame or a header block.
    func endSlowSenders() -> Bool {
        let limitMs = environment.limits.slowSenderTimeoutMs
        if limitMs == 0 { return true }
        let patienceNs = UInt64(limitMs) * 1_000_000
        let now = environment.now
        if let midwaySince, now.nanoseconds(since: midwaySince) >= patienceNs {
            environment.counters.sendersTooSlow.add()
            return false
        }
        // A call that ends may leave the list at once.
        for stream in http2.streams {
            guard let call = stream.owner as? ActiveCall, let since = call.incompleteSince,
                now.nanoseconds(since: since) >= patienceNs
            else { continue }
            environment.counters.sendersTooSlow.add()
            call.reject(
                .deadlineExceeded, "a message was not complete within \(limitMs) milliseconds")
        }
        return true
    }
}
