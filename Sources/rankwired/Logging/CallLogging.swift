// Slow calls in the log: what was asked, by whom, how long each stage took, and of which trace it is
// part. Never what the request said.

import Base
import Foundation
import Logging
import RPC
import Service
import Synchronization

final class CallLogging: Sendable {
    /// What the servers tell.
    let log: CallLog
    private let lines: CallLines

    /// Calls left out because there were too many.
    var suppressed: SharedCounter { lines.suppressed }

    init(_ settings: Settings, logger: Logger) {
        let lines = CallLines(logger, slowNanoseconds: settings.slowNanoseconds)
        self.lines = lines
        log = CallLog(thresholdNanoseconds: settings.loggedNanoseconds) { lines.write($0) }
    }

    /// Settings that were read again.
    func apply(_ settings: Settings) {
        lines.slowNanoseconds.store(settings.slowNanoseconds, ordering: .relaxed)
        log.thresholdNanoseconds = settings.loggedNanoseconds
    }
}

private final class CallLines: Sendable {
    let suppressed = SharedCounter()
    /// What took longer is worth a notice, the rest is for debugging.
    let slowNanoseconds: Atomic<UInt64>
    private let logger: Logger
    private let time = SystemTime()
    /// A server that is slow for everyone does not spend itself on saying so.
    private let budget = RateBudget(perSecond: 50, burst: 200)

    init(_ logger: Logger, slowNanoseconds: UInt64) {
        self.logger = logger
        self.slowNanoseconds = Atomic(slowNanoseconds)
    }

    func write(_ call: EndedCall) {
        let isSlow = call.nanoseconds >= slowNanoseconds.load(ordering: .relaxed)
        let level: Logger.Level = isSlow ? .notice : .debug
        guard logger.logLevel <= level else { return }
        guard budget.spend(now: time.now()) == nil else { return suppressed.add() }
        logger.log(level: level, isSlow ? "slow call" : "call", metadata: metadata(call))
    }

    private func metadata(_ call: EndedCall) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "rpc_method": .string(
                call.path.isEmpty ? CallMetrics.otherMethod : String(call.path.dropFirst())),
            "status": .string(call.code.name),
            "duration_ms": Self.milliseconds(call.nanoseconds),
        ]
        let stages = [
            ("tokenize_ms", call.stages.tokenize), ("queue_ms", call.stages.queue),
            ("encode_ms", call.stages.encode), ("score_ms", call.stages.score),
        ]
        for (name, nanoseconds) in stages where nanoseconds > 0 {
            metadata[name] = Self.milliseconds(nanoseconds)
        }
        if let caller = call.caller as? Caller { metadata["caller"] = .string(caller.name) }
        var random = SystemRandomNumberGenerator()
        // A call without a trace begins one, so that its line can be spoken of.
        let trace = call.trace ?? TraceContext(random: &random)
        metadata["trace_id"] = .string(trace.traceId)
        if !trace.parentId.isEmpty { metadata["parent_id"] = .string(trace.parentId) }
        return metadata
    }

    private static func milliseconds(_ nanoseconds: UInt64) -> Logger.MetadataValue {
        .string(String(format: "%.3f", Double(nanoseconds) / 1e6))
    }
}
