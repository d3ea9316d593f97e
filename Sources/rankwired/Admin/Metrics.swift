// Everything the server counts, gathered when somebody asks. Nothing here is on a request's path.

import Base
import Inference
import Messages
import RPC
import Service
import Store

/// Where the numbers are.
struct Metrics: Sendable {
    struct Loop: Sendable {
        let counters: ServerCounters
        let calls: CallMetrics
    }

    let state: ServerState
    let profiles: SQLiteProfileStore
    let callers: CallerDirectory?
    let loops: [Loop]
    let log: CallLogging

    /// The exposition.
    func text() -> String {
        var text = MetricsText()
        addBuild(to: &text)
        addCalls(to: &text)
        addConnections(to: &text)
        addScheduler(to: &text)
        addStore(to: &text)
        addCallers(to: &text)
        ProcessFigures.add(to: &text)
        return text.text
    }

    private func addBuild(to text: inout MetricsText) {
        let card = state.models.load().card
        text.gauges(
            "rankwire_build_info", "Version of the server, its model and its kernels; always 1.",
            [
                (
                    [
                        ("version", serverVersion),
                        ("bundle", String(card.bundleVersion.prefix(12))),
                        ("instruction_set", card.instructionSet),
                    ], 1
                )
            ])
        text.gauge(
            "rankwire_ready", "1 while the server takes calls, 0 while it drains.",
            state.isDraining.load() ? 0 : 1)
        text.gauge("rankwire_event_loops", "Threads that own connections.", Double(loops.count))
        text.gauges(
            "rankwire_catalog_entries", "Entries of the catalogue that answers are made from.",
            [
                ([("kind", "items")], Double(card.itemCount)),
                ([("kind", "ads")], Double(card.adCount)),
                ([("kind", "intents")], Double(card.intentCount)),
            ])
    }

    // MARK: Calls

    private func addCalls(to text: inout MetricsText) {
        addDurations(to: &text)
        text.counter(
            "rankwire_calls_started_total", "Calls whose header was good.", total(\.callsStarted))
        text.gauge(
            "rankwire_calls_active", "Calls that have no status yet.",
            Double(total(\.callsStarted) - total(\.callsFinished) - total(\.callsCancelled)))
        text.counters(
            "rankwire_calls_ended_early_total",
            "Calls that did not end by their method: given up by the caller or lost with its "
                + "connection, past their deadline, or refused by a limit or for breaking gRPC.",
            [
                ([("reason", "cancelled")], total(\.callsCancelled)),
                ([("reason", "expired")], total(\.callsExpired)),
                ([("reason", "rejected")], total(\.callsRejected)),
            ])
        text.counter(
            "rankwire_log_suppressed_total", "Slow calls that the log left out to stay short.",
            log.suppressed.value)
    }

    private func addDurations(to text: inout MetricsText) {
        var calls: [String: [String: HistogramReading]] = [:]
        for call in loops.flatMap(\.calls.calls) {
            var sum =
                calls[call.method]?[call.code.name]
                ?? HistogramReading(bounds: call.durations.bounds)
            sum.add(call.durations)
            calls[call.method, default: [:]][call.code.name] = sum
        }
        var rows: [(labels: MetricsText.Labels, reading: HistogramReading)] = []
        for (method, codes) in calls.sorted(by: { $0.key < $1.key }) {
            for (code, reading) in codes.sorted(by: { $0.key < $1.key }) {
                rows.append(
                    (
                        [
                            ("rpc_system_name", "grpc"), ("rpc_method", method),
                            ("rpc_response_status_code", code),
                        ], reading
                    ))
            }
        }
        text.histograms(
            "rpc_server_call_duration_seconds",
            "From the first byte of a call's header to its status; for a stream all of it.",
            unit: 1e-9, rows)
        let stages: [(String, KeyPath<CallMetrics, SharedHistogram>)] = [
            ("tokenize", \.tokenize), ("queue", \.queue), ("encode", \.encode), ("score", \.score),
        ]
        text.histograms(
            "rankwire_stage_duration_seconds", "Where the time of requests went.", unit: 1e-9,
            stages.map { name, path in
                var sum = HistogramReading(bounds: SharedHistogram.durations)
                for loop in loops { sum.add(loop.calls[keyPath: path].reading) }
                return ([("stage", name)], sum)
            })
    }

    /// Of all loops.
    func total(_ counter: KeyPath<ServerCounters, LoopCounter>) -> Int {
        loops.reduce(0) { $0 + $1.counters[keyPath: counter].value }
    }
}
