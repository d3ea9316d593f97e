// rankwire.v1.ScoringService.

public import Base
internal import CMessages
public import Ranking
public import Store

/// rankwire.v1.ScoreItemsRequest, checked.
public struct ScoreItemsRequest: Sendable {
    public var user: UserReference
    /// Candidates 0..<itemIds.count.
    public var itemIds: IdList
    /// The candidates after those. One that is not valid keeps its place as a fault.
    public var items: [Result<Item, Fault>]
    /// At most this many rows are returned; 0 for all.
    public var limit: Int
    public var explain: Int
    /// With each explanation, what would move the item across this rank; 0 for none.
    public var counterfactualRank: Int
    /// Nil for the server's clock.
    public var context: RequestContext?

    public init(
        user: UserReference, itemIds: [String] = [], items: [Item] = [], limit: Int = 0,
        explain: Int = 0, counterfactualRank: Int = 0, context: RequestContext? = nil
    ) {
        self.user = user
        self.itemIds = IdList(itemIds)
        self.items = items.map { .success($0) }
        self.limit = limit
        self.explain = explain
        self.counterfactualRank = counterfactualRank
        self.context = context
    }
}

/// rankwire.v1.ScoreItemsResponse.
public struct ScoreItemsResponse: Sendable {
    public struct Row: Sendable, Equatable {
        public var index: Int
        public var itemId: String
        public var probability: Float
        public var logit: Float
        public var text: TextInfo?

        public init(
            index: Int, itemId: String, probability: Float, logit: Float, text: TextInfo?
        ) {
            self.index = index
            self.itemId = itemId
            self.probability = probability
            self.logit = logit
            self.text = text
        }
    }

    /// Best first; the rank of a row is its position + 1.
    public var rows: [Row]
    public var failures: [CandidateFailure]
    public var explanation: Explanation?
    public var timings: Timings
    public var bundleVersion: String
    public var userText: TextInfo?

    public init(
        rows: [Row], failures: [CandidateFailure], explanation: Explanation?, timings: Timings,
        bundleVersion: String, userText: TextInfo?
    ) {
        self.rows = rows
        self.failures = failures
        self.explanation = explanation
        self.timings = timings
        self.bundleVersion = bundleVersion
        self.userText = userText
    }
}

extension MessageCodec {
    public func decodeScoreItemsRequest(
        _ bytes: RawSpan
    ) throws(Fault) -> ScoreItemsRequest {
        try scoreItemsRequest(unpack(bytes, rankwire__v1__score_items_request__unpack).pointee)
    }

    func scoreItemsRequest(
        _ message: Rankwire__V1__ScoreItemsRequest
    ) throws(Fault) -> ScoreItemsRequest {
        try checkCandidates(
            ids: message.n_item_ids, idField: "item_ids", inline: message.n_items,
            inlineField: "items", explain: message.explain)
        var request = ScoreItemsRequest(
            user: try userReference(message.user), limit: Int(message.limit),
            explain: Int(message.explain), counterfactualRank: Int(message.counterfactual_rank),
            context: try requestContext(message.context, "context"))
        request.itemIds = try ids(message.item_ids, count: message.n_item_ids, "item_ids")
        for i in 0..<message.n_items {
            let item = message.items[i]!
            request.items.append(
                Result { () throws(Fault) in try self.item(item.pointee, "items[\(i)]") })
        }
        return request
    }

    /// The counts that every request with candidates has in common.
    func checkCandidates(
        ids: Int, idField: String, inline: Int, inlineField: String, explain: UInt32
    ) throws(Fault) {
        guard ids + inline > 0 else {
            throw .invalid(idField, "one of \(idField) and \(inlineField) must not be empty")
        }
        guard inline <= limits.maxInlineItems else {
            throw .invalid(
                inlineField, "has \(inline) elements, at most \(limits.maxInlineItems) are allowed")
        }
        guard ids + inline <= limits.maxCandidates else {
            throw .invalid(
                idField,
                "\(ids + inline) candidates, at most \(limits.maxCandidates) are allowed")
        }
        guard explain <= UInt32(limits.maxExplainedItems) else {
            throw .invalid("explain", "must be at most \(limits.maxExplainedItems)")
        }
    }

    public func encodeScoreItemsResponse(_ response: ScoreItemsResponse) -> [UInt8] {
        withScoreItemsResponse(response) { bytes in bytes.withUnsafeBytes { Array($0) } }
    }

    /// The same, handed out where it lies.
    public func withScoreItemsResponse<Result>(
        _ response: ScoreItemsResponse, _ body: (RawSpan) -> Result
    ) -> Result {
        arena.reset()
        return pack(
            makeScoreItemsResponseAfterRows(response), maxFrontBytes: response.maxRowBytes,
            { writer, _ in response.writeRows(to: &writer) }, body)
    }

    /// All but the rows.
    func makeScoreItemsResponseAfterRows(
        _ response: ScoreItemsResponse
    ) -> UnsafeMutablePointer<Rankwire__V1__ScoreItemsResponse> {
        let message = arena.make(rankwire__v1__score_items_response__init)
        message.pointee.n_failures = response.failures.count
        message.pointee.failures = makeFailures(response.failures)
        message.pointee.explanation = response.explanation.map(makeExplanation)
        message.pointee.timings = makeTimings(response.timings)
        message.pointee.bundle_version = arena.makeString(response.bundleVersion)
        message.pointee.user_text = response.userText.map(makeTextInfo)
        return message
    }

    public func encodeScoreItemsRequest(_ request: ScoreItemsRequest) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__score_items_request__init)
        message.pointee.user = makeUser(request.user)
        message.pointee.n_item_ids = request.itemIds.count
        message.pointee.item_ids = arena.makeStrings(Array(request.itemIds))
        let items = request.items.compactMap { try? $0.get() }
        message.pointee.n_items = items.count
        message.pointee.items = arena.makeArray(items.count, rankwire__v1__item__init) {
            fill($0, from: items[$1])
        }
        message.pointee.limit = UInt32(request.limit)
        message.pointee.explain = UInt32(request.explain)
        message.pointee.counterfactual_rank = UInt32(request.counterfactualRank)
        message.pointee.context = request.context.map(makeRequestContext)
        return pack(message)
    }

    public func decodeScoreItemsResponse(
        _ bytes: RawSpan
    ) throws(Fault) -> ScoreItemsResponse {
        let message = try unpack(bytes, rankwire__v1__score_items_response__unpack).pointee
        return ScoreItemsResponse(
            rows: (0..<message.n_items).map {
                let item = message.items[$0]!.pointee
                return ScoreItemsResponse.Row(
                    index: Int(item.index), itemId: text(item.item_id),
                    probability: item.probability, logit: item.logit, text: textInfo(item.text))
            },
            failures: failures(message.failures, count: message.n_failures),
            explanation: explanation(message.explanation), timings: timings(message.timings),
            bundleVersion: text(message.bundle_version), userText: textInfo(message.user_text))
    }
}

extension ScoreItemsResponse {
    /// Of `writeRows` at most.
    var maxRowBytes: Int { rows.reduce(0) { $0 + 64 + $1.itemId.utf8.count } }

    /// ScoreItemsResponse.items.
    func writeRows(to writer: inout WireWriter) {
        for (position, row) in rows.enumerated().reversed() {
            writer.message(1) { writer in
                writer.message(6, row.text)
                writer.field(5, position + 1)
                writer.field(4, row.logit)
                writer.field(3, row.probability)
                writer.field(2, row.itemId)
                writer.field(1, row.index)
            }
        }
    }
}
