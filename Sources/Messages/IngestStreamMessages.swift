// The messages of rankwire.v1.ProfileService.IngestEventsStream: IngestEvents' in envelopes.

public import Base
internal import CMessages

/// rankwire.v1.IngestEventsStreamRequest. A chunk that is not valid as a whole keeps its id as a fault.
public struct IngestEventsStreamRequest: Sendable {
    public var chunkId: String
    public var request: Result<IngestEventsRequest, Fault>
}

extension MessageCodec {
    /// - Throws: only what concerns the envelope; a fault of the chunk is inside.
    public func decodeIngestEventsStreamRequest(
        _ bytes: RawSpan
    ) throws(Fault) -> IngestEventsStreamRequest {
        let message = try unpack(bytes, rankwire__v1__ingest_events_stream_request__unpack).pointee
        return IngestEventsStreamRequest(
            chunkId: try string(message.chunk_id, "chunk_id", maxBytes: limits.maxIdBytes),
            request: Result { () throws(Fault) in
                guard let request = message.request else {
                    throw .invalid("request", "must be set")
                }
                return try ingestEventsRequest(request.pointee)
            })
    }

    public func encodeIngestEventsStreamResponse(
        chunkId: String, _ result: Result<IngestEventsResponse, Fault>
    ) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__ingest_events_stream_response__init)
        message.pointee.chunk_id = arena.makeString(chunkId)
        switch result {
        case .success(let response):
            message.pointee.result_case =
                RANKWIRE__V1__INGEST_EVENTS_STREAM_RESPONSE__RESULT_RESPONSE
            message.pointee.response = makeIngestEventsResponse(response)
        case .failure(let fault):
            message.pointee.result_case = RANKWIRE__V1__INGEST_EVENTS_STREAM_RESPONSE__RESULT_ERROR
            message.pointee.error = makeStatus(fault)
        }
        return pack(message)
    }
}
