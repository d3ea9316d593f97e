// The messages of rankwire.v1.ScoringService.ScoreItemsStream: ScoreItems' in envelopes.

public import Base
internal import CMessages

/// rankwire.v1.ScoreItemsStreamRequest. A request that is not valid keeps its id as a fault.
public struct ScoreItemsStreamRequest: Sendable {
    public var requestId: String
    public var request: Result<ScoreItemsRequest, Fault>

    public init(requestId: String, request: ScoreItemsRequest) {
        self.requestId = requestId
        self.request = .success(request)
    }

    init(requestId: String, checking request: Result<ScoreItemsRequest, Fault>) {
        self.requestId = requestId
        self.request = request
    }
}

extension MessageCodec {
    /// - Throws: only what concerns the envelope; a fault of the request is inside.
    public func decodeScoreItemsStreamRequest(
        _ bytes: RawSpan
    ) throws(Fault) -> ScoreItemsStreamRequest {
        let message = try unpack(bytes, rankwire__v1__score_items_stream_request__unpack).pointee
        let requestId = try string(
            message.request_id, "request_id", maxBytes: limits.maxIdBytes)
        return ScoreItemsStreamRequest(
            requestId: requestId,
            checking: Result { () throws(Fault) in
                guard let request = message.request else {
                    throw .invalid("request", "must be set")
                }
                return try scoreItemsRequest(request.pointee)
            })
    }

    public func encodeScoreItemsStreamResponse(
        requestId: String, _ result: Result<ScoreItemsResponse, Fault>
    ) -> [UInt8] {
        arena.reset()
        switch result {
        case .success(let response):
            let rest = makeScoreItemsResponseAfterRows(response)
            return pack(
                rest, maxFrontBytes: response.maxRowBytes + 64 + requestId.utf8.count
            ) { writer, restByteCount in
                writer.message(2, endingWith: restByteCount) { response.writeRows(to: &$0) }
                writer.field(1, requestId)
            }
        case .failure(let fault):
            let message = arena.make(rankwire__v1__score_items_stream_response__init)
            message.pointee.request_id = arena.makeString(requestId)
            message.pointee.result_case = RANKWIRE__V1__SCORE_ITEMS_STREAM_RESPONSE__RESULT_ERROR
            message.pointee.error = makeStatus(fault)
            return pack(message)
        }
    }
}
