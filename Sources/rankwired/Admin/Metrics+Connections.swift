import RPC

extension Metrics {
    func addConnections(to text: inout MetricsText) {
        text.counter(
            "rankwire_connections_accepted_total", "Connections taken.",
            total(\.connectionsAccepted))
        text.gauge(
            "rankwire_connections_open", "Connections that are open.",
            Double(total(\.connectionsAccepted) - total(\.connectionsClosed)))
        text.counter(
            "rankwire_connections_refused_total",
            "Connections closed at once: a limit, or a drain under way.",
            total(\.connectionsRefused))
        text.counters(
            "rankwire_connections_ended_total", "Connections that the server ended, by cause.",
            [
                ([("cause", "peer_fault")], total(\.connectionsFailed)),
                ([("cause", "idle")], total(\.connectionsIdle)),
                ([("cause", "age")], total(\.connectionsAged)),
            ])
        text.counters(
            "rankwire_tls_handshakes_total", "TLS handshakes, by what became of them.",
            [
                ([("result", "completed")], total(\.handshakesCompleted)),
                ([("result", "failed")], total(\.handshakesFailed)),
                ([("result", "refused")], total(\.handshakesRefused)),
            ])
        text.counter(
            "rankwire_received_bytes_total", "Bytes of HTTP/2 received.", total(\.bytesRead))
        text.counter("rankwire_sent_bytes_total", "Bytes of HTTP/2 sent.", total(\.bytesWritten))
        text.counter(
            "rankwire_stream_resets_received_total", "Streams that callers reset.",
            total(\.resetsReceived))
        text.counter(
            "rankwire_pings_received_total", "HTTP/2 pings received.", total(\.pingsReceived))
        addLimits(to: &text)
    }

    private func addLimits(to text: inout MetricsText) {
        let limits: [(String, KeyPath<ServerCounters, LoopCounter>)] = [
            ("header_list_bytes", \.headersTooLarge), ("message_bytes", \.messagesTooLarge),
            ("unpacked_message_bytes", \.bombsRefused), ("gathered_bytes", \.gatheredTooMuch),
            ("streams_per_connection", \.streamsRefused), ("sender_time", \.sendersTooSlow),
            ("reader_time", \.readersTooSlow),
        ]
        text.counters(
            "rankwire_limits_hit_total", "What callers did past a limit, by limit.",
            limits.map { ([("limit", $0.0)], total($0.1)) })
        let floods: [(String, KeyPath<ServerCounters, LoopCounter>)] = [
            ("ping", \.pingFloods), ("frame", \.frameFloods), ("reset", \.resetFloods),
            ("continuation", \.continuationFloods), ("acknowledgement", \.acknowledgementFloods),
        ]
        text.counters(
            "rankwire_floods_total", "Connections ended by a flood, by what came too often.",
            floods.map { ([("kind", $0.0)], total($0.1)) })
    }
}
