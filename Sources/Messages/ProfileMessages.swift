// rankwire.v1.ProfileService.

public import Base
internal import CMessages
public import Store

/// rankwire.v1.IngestEventsRequest. An event that cannot be read keeps its place as a fault.
public struct IngestEventsRequest: Sendable {
    /// rankwire.v1.UserEvent.
    public struct Entry: Sendable, Equatable {
        /// As the caller wrote it; a pseudonym must be made of it at once.
        public var userId: String
        public var event: Event

        public init(userId: String, event: Event) {
            self.userId = userId
            self.event = event
        }
    }

    public var events: [Result<Entry, Fault>]

    public init(events: [Entry]) { self.events = events.map { .success($0) } }
}

/// rankwire.v1.IngestEventsResponse.
public struct IngestEventsResponse: Sendable, Equatable {
    /// rankwire.v1.RejectedEvent.
    public struct Rejected: Sendable, Equatable {
        public var index: Int
        public var eventId: String
        public var fault: Fault

        public init(index: Int, eventId: String, fault: Fault) {
            self.index = index
            self.eventId = eventId
            self.fault = fault
        }
    }

    public var storedCount = 0
    public var duplicateCount = 0
    public var unknownItemCount = 0
    /// The first that were not taken.
    public fileprivate(set) var rejected: [Rejected] = []
    /// How many were not taken, by the field at fault, as `event.time`.
    public fileprivate(set) var rejectedCounts: [String: Int] = [:]

    public init() {}

    public var rejectedCount: Int { rejectedCounts.values.reduce(0, +) }

    /// Counts an event that is not taken, and names it unless `maxNamed` are.
    public mutating func reject(_ event: Rejected, maxNamed: Int) {
        // The field's path in the request, without `events[N].`.
        let path = event.fault.fieldViolations.first?.field ?? ""
        let field = path.split(separator: ".").dropFirst().joined(separator: ".")
        rejectedCounts[field, default: 0] += 1
        if rejected.count < maxNamed { rejected.append(event) }
    }
}

extension MessageCodec {
    public func decodeIngestEventsRequest(
        _ bytes: RawSpan
    ) throws(Fault) -> IngestEventsRequest {
        try ingestEventsRequest(
            unpack(bytes, rankwire__v1__ingest_events_request__unpack).pointee)
    }

    func ingestEventsRequest(
        _ message: Rankwire__V1__IngestEventsRequest
    ) throws(Fault) -> IngestEventsRequest {
        guard message.n_events > 0 else { throw .invalid("events", "must not be empty") }
        guard message.n_events <= limits.maxIngestEvents else {
            throw .invalid(
                "events",
                "has \(message.n_events) events, at most \(limits.maxIngestEvents) are allowed")
        }
        var request = IngestEventsRequest(events: [])
        request.events.reserveCapacity(message.n_events)
        for i in 0..<message.n_events {
            let entry = message.events[i]!
            request.events.append(
                Result { () throws(Fault) in try self.entry(entry.pointee, "events[\(i)]") })
        }
        return request
    }

    private func entry(
        _ message: Rankwire__V1__UserEvent, _ field: String
    ) throws(Fault) -> IngestEventsRequest.Entry {
        let userId = try id(message.user_id, "\(field).user_id")
        guard let event = message.event else { throw .invalid("\(field).event", "must be set") }
        return IngestEventsRequest.Entry(
            userId: userId, event: try self.event(event.pointee, "\(field).event"))
    }

    public func encodeIngestEventsRequest(_ request: IngestEventsRequest) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__ingest_events_request__init)
        let entries = request.events.compactMap { try? $0.get() }
        message.pointee.n_events = entries.count
        message.pointee.events = arena.makeArray(
            entries.count, rankwire__v1__user_event__init
        ) { entry, i in
            entry.pointee.user_id = arena.makeString(entries[i].userId)
            let event = arena.make(rankwire__v1__event__init)
            fill(event, from: entries[i].event)
            entry.pointee.event = event
        }
        return pack(message)
    }

    public func encodeIngestEventsResponse(_ response: IngestEventsResponse) -> [UInt8] {
        arena.reset()
        return pack(makeIngestEventsResponse(response))
    }

    func makeIngestEventsResponse(
        _ response: IngestEventsResponse
    ) -> UnsafeMutablePointer<Rankwire__V1__IngestEventsResponse> {
        let message = arena.make(rankwire__v1__ingest_events_response__init)
        message.pointee.stored_count = UInt32(response.storedCount)
        message.pointee.duplicate_count = UInt32(response.duplicateCount)
        message.pointee.unknown_item_count = UInt32(response.unknownItemCount)
        let rejected = response.rejected
        message.pointee.n_rejected = rejected.count
        message.pointee.rejected = arena.makeArray(
            rejected.count, rankwire__v1__rejected_event__init
        ) { row, i in
            row.pointee.index = UInt32(rejected[i].index)
            row.pointee.event_id = arena.makeString(rejected[i].eventId)
            row.pointee.status = makeStatus(rejected[i].fault)
        }
        let counts = response.rejectedCounts.sorted {
            $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key
        }
        message.pointee.n_rejection_counts = counts.count
        message.pointee.rejection_counts = arena.makeArray(
            counts.count, rankwire__v1__rejection_count__init
        ) { row, i in
            row.pointee.field = arena.makeString(counts[i].key)
            row.pointee.count = UInt32(counts[i].value)
        }
        return message
    }

    public func decodeIngestEventsResponse(
        _ bytes: RawSpan
    ) throws(Fault) -> IngestEventsResponse {
        let message = try unpack(bytes, rankwire__v1__ingest_events_response__unpack).pointee
        var response = IngestEventsResponse()
        response.storedCount = Int(message.stored_count)
        response.duplicateCount = Int(message.duplicate_count)
        response.unknownItemCount = Int(message.unknown_item_count)
        for i in 0..<message.n_rejected {
            let row = message.rejected[i]!.pointee
            response.rejected.append(
                IngestEventsResponse.Rejected(
                    index: Int(row.index), eventId: text(row.event_id),
                    fault: row.status.map { fault($0.pointee) }
                        ?? Fault(.unknown, reason: "", "no status")))
        }
        for i in 0..<message.n_rejection_counts {
            let row = message.rejection_counts[i]!.pointee
            response.rejectedCounts[text(row.field)] = Int(row.count)
        }
        return response
    }
}
