import Base
import Foundation
import Messages
import Store

/// Sends a file's events to a running server, several calls at a time; what is answered is durable.
struct ServerImport {
    private static let eventsPerCall = 2_000
    /// A call's texts are bounded, `Limits.maxRequestTextBytes`.
    private static let bytesPerCall = 512 * 1024
    private static let callsUnderWay = 16
    private static let timeoutMs = 60_000

    let server: String
    let security: SecurityOptions
    let file: EventFile

    struct Summary: Sendable {
        var stored = 0
        var duplicates = 0
        var unknownItems = 0
        var rejected: [String] = []
        var rejectedCount = 0

        fileprivate mutating func add(_ response: IngestEventsResponse) {
            stored += response.storedCount
            duplicates += response.duplicateCount
            unknownItems += response.unknownItemCount
            rejectedCount += response.rejectedCount
            for row in response.rejected where rejected.count < ImportSummary.maxRejections {
                rejected.append("event \(row.eventId): \(row.fault.message)")
            }
        }
    }

    func run(progress: (ImportProgress) -> Void) async throws -> Summary {
        let question = try Question(
            server: server, timeoutMs: Self.timeoutMs, security: security)
        var summary = Summary()
        try await withThrowingTaskGroup(of: IngestEventsResponse.self) { group in
            var underWay = 0
            while true {
                let entries = try file.next(Self.eventsPerCall, maxBytes: Self.bytesPerCall)
                if entries.isEmpty { break }
                if underWay == Self.callsUnderWay, let response = try await group.next() {
                    summary.add(response)
                    underWay -= 1
                    progress(file.progress)
                }
                group.addTask { try await Self.send(entries, by: question) }
                underWay += 1
            }
            for try await response in group { summary.add(response) }
        }
        progress(file.progress)
        return summary
    }

    private static func send(
        _ entries: [EventFile.Entry], by question: Question
    ) async throws -> IngestEventsResponse {
        let request = IngestEventsRequest(
            events: entries.map { .init(userId: $0.userId, event: $0.event) })
        return try await question.ask(
            "/rankwire.v1.ProfileService/IngestEvents",
            encode: { $0.encodeIngestEventsRequest(request) },
            decode: { codec, bytes throws(Fault) in
                try codec.decodeIngestEventsResponse(bytes)
            })
    }
}
