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
    /// The first of `rejectedCount`, at most `Limits.maxRejectedEvents`.
    public var rejected: [Rejected] = []
    public var rejectedCount = 0

    public init() {}
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
        message.pointee.rejected_count = UInt32(response.rejectedCount)
        let rejected = response.rejected
        message.pointee.n_rejected = rejected.count
        message.pointee.rejected = arena.makeArray(
            rejected.count, rankwire__v1__rejected_event__init
        ) { row, i in
            row.pointee.index = UInt32(rejected[i].index)
            row.pointee.event_id = arena.makeString(rejected[i].eventId)
            row.pointee.status = makeStatus(rejected[i].fault)
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
        response.rejectedCount = Int(message.rejected_count)
        response.rejected = (0..<message.n_rejected).map {
            let row = message.rejected[$0]!.pointee
            return IngestEventsResponse.Rejected(
                index: Int(row.index), eventId: text(row.event_id),
                fault: row.status.map { fault($0.pointee) }
                    ?? Fault(.unknown, reason: "", "no status"))
        }
        return response
    }
}
