// rankwire.v1.RecommendRequest, SearchItemsRequest and their responses. They are alike on the wire, so
// both are read and written as the search's.

public import Base
internal import CMessages
public import Ranking
internal import Store

/// Which of the two is asked.
public enum FindItemsKind: Sendable {
    case recommend, search
}

/// rankwire.v1.RecommendRequest and SearchItemsRequest, checked.
public struct FindItemsRequest: Sendable {
    /// Always there in a request to recommend, but for one with a page token.
    public var user: UserReference?
    public var rules = ItemRules()
    /// 1 to `Limits.maxFoundItems`.
    public var count = 10
    /// Empty for the first page.
    public var pageToken = ""
    /// 0 to 1.
    public var diversity: Float = 0
    public var explain = 0
    /// Empty for all that apply.
    public var sources: CandidateSources = []
    public var includesTitles = false
    /// What is searched for; empty in a request to recommend.
    public var query = ""
    public var context: RequestContext?

    public init() {}
}

/// What an answer goes by; raw values are the wire's.
public enum UserKnowledge: UInt32, Sendable {
    case nobody = 0
    case behaviour = 1
    case noBehaviour = 2
    case unknownUser = 3
}

/// rankwire.v1.RecommendResponse and SearchItemsResponse.
public struct FindItemsResponse: Sendable {
    public struct Row: Sendable, Equatable {
        public var itemId: String
        public var probability: Float
        public var logit: Float
        public var rank: Int
        public var sources: CandidateSources
        /// Empty where not asked for.
        public var title: String

        public init(
            itemId: String, probability: Float, logit: Float, rank: Int, sources: CandidateSources,
            title: String
        ) {
            self.itemId = itemId
            self.probability = probability
            self.logit = logit
            self.rank = rank
            self.sources = sources
            self.title = title
        }
    }

    /// Best first.
    public var rows: [Row] = []
    public var nextPageToken = ""
    public var explanation: Explanation?
    public var knowledge = UserKnowledge.nobody
    public var candidateCount = 0
    public var timings = Timings()
    public var bundleVersion = ""
    public var userText: TextInfo?
    public var queryText: TextInfo?
    /// Fields of the request that were not followed.
    public var leftOut: [String] = []

    public init() {}
}

extension MessageCodec {
    private static let defaultCount = 10
    private static let maxQueryBytes = 1_024
    private static let maxTokenBytes = 128

    // MARK: The server's side

    public func decodeFindItemsRequest(
        _ bytes: RawSpan, _ kind: FindItemsKind
    ) throws(Fault) -> FindItemsRequest {
        let message = try unpack(bytes, rankwire__v1__search_items_request__unpack).pointee
        var request = FindItemsRequest()
        request.pageToken = try string(
            message.page_token, "page_token", maxBytes: Self.maxTokenBytes)
        let isFirst = request.pageToken.isEmpty
        if message.user != nil || (kind == .recommend && isFirst) {
            request.user = try userReference(message.user)
        }
        if kind == .search {
            request.query = try string(message.query, "query", maxBytes: Self.maxQueryBytes)
            guard !request.query.isEmpty || !isFirst else {
                throw .invalid("query", "must not be empty")
            }
        }
        if let rules = message.rules { request.rules = try itemRules(rules.pointee) }
        guard message.count <= UInt32(limits.maxFoundItems) else {
            throw .invalid("count", "must be at most \(limits.maxFoundItems)")
        }
        request.count = message.count == 0 ? Self.defaultCount : Int(message.count)
        guard message.diversity >= 0, message.diversity <= 1 else {
            throw .invalid("diversity", "must be 0 to 1")
        }
        request.diversity = message.diversity
        guard message.explain <= UInt32(limits.maxExplainedItems) else {
            throw .invalid("explain", "must be at most \(limits.maxExplainedItems)")
        }
        request.explain = Int(message.explain)
        request.sources = try sources(message, kind)
        request.includesTitles = message.include_titles != 0
        request.context = try requestContext(message.context, "context")
        return request
    }

    private func sources(
        _ message: Rankwire__V1__SearchItemsRequest, _ kind: FindItemsKind
    ) throws(Fault) -> CandidateSources {
        var sources: CandidateSources = []
        for i in 0..<message.n_sources {
            guard let source = CandidateSources(number: Int(message.sources[i].rawValue)) else {
                throw .invalid("sources[\(i)]", "must be a source of this version")
            }
            guard kind == .search || !CandidateSources.query.contains(source) else {
                throw .invalid("sources[\(i)]", "takes a query: ask SearchItems")
            }
            sources.insert(source)
        }
        return sources
    }

    public func encodeFindItemsResponse(_ response: FindItemsResponse) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__search_items_response__init)
        message.pointee.next_page_token = arena.makeString(response.nextPageToken)
        message.pointee.explanation = response.explanation.map(makeExplanation)
        message.pointee.user_knowledge = Rankwire__V1__UserKnowledge(response.knowledge.rawValue)
        message.pointee.candidate_count = UInt32(response.candidateCount)
        message.pointee.timings = makeTimings(response.timings)
        message.pointee.bundle_version = arena.makeString(response.bundleVersion)
        message.pointee.user_text = response.userText.map(makeTextInfo)
        message.pointee.query_text = response.queryText.map(makeTextInfo)
        message.pointee.n_left_out = response.leftOut.count
        message.pointee.left_out = arena.makeStrings(response.leftOut)
        return pack(message, maxFrontBytes: response.maxRowBytes) { writer, _ in
            response.writeRows(to: &writer)
        }
    }

    private func makeSources(
        _ sources: CandidateSources
    ) -> (count: Int, first: UnsafeMutablePointer<Rankwire__V1__CandidateSource>?) {
        let numbers = sources.numbers.map { Rankwire__V1__CandidateSource(UInt32($0)) }
        return (numbers.count, arena.makeNumbers(numbers))
    }

    // MARK: The client's side

    public func encodeFindItemsRequest(_ request: FindItemsRequest) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__search_items_request__init)
        message.pointee.user = request.user.map(makeUser)
        message.pointee.rules = makeItemRules(request.rules)
        message.pointee.count = UInt32(request.count)
        message.pointee.page_token = arena.makeString(request.pageToken)
        message.pointee.diversity = request.diversity
        message.pointee.explain = UInt32(request.explain)
        let sources = makeSources(request.sources)
        message.pointee.n_sources = sources.count
        message.pointee.sources = sources.first
        message.pointee.include_titles = request.includesTitles ? 1 : 0
        message.pointee.query = arena.makeString(request.query)
        message.pointee.context = request.context.map(makeRequestContext)
        return pack(message)
    }

    public func decodeFindItemsResponse(_ bytes: RawSpan) throws(Fault) -> FindItemsResponse {
        let message = try unpack(bytes, rankwire__v1__search_items_response__unpack).pointee
        var response = FindItemsResponse()
        response.rows = (0..<message.n_items).map {
            let item = message.items[$0]!.pointee
            var sources: CandidateSources = []
            for i in 0..<item.n_sources {
                sources.formUnion(CandidateSources(number: Int(item.sources[i].rawValue)) ?? [])
            }
            return FindItemsResponse.Row(
                itemId: text(item.item_id), probability: item.probability, logit: item.logit,
                rank: Int(item.rank), sources: sources, title: text(item.title))
        }
        response.nextPageToken = text(message.next_page_token)
        response.explanation = explanation(message.explanation)
        response.knowledge = UserKnowledge(rawValue: message.user_knowledge.rawValue) ?? .nobody
        response.candidateCount = Int(message.candidate_count)
        response.timings = timings(message.timings)
        response.bundleVersion = text(message.bundle_version)
        response.userText = textInfo(message.user_text)
        response.queryText = textInfo(message.query_text)
        response.leftOut = (0..<message.n_left_out).map { text(message.left_out[$0]) }
        return response
    }
}

extension FindItemsResponse {
    /// Of `writeRows` at most.
    fileprivate var maxRowBytes: Int {
        rows.reduce(0) { $0 + 64 + $1.itemId.utf8.count + $1.title.utf8.count }
    }

    /// SearchItemsResponse.items.
    fileprivate func writeRows(to writer: inout WireWriter) {
        for row in rows.reversed() {
            writer.message(1) { writer in
                writer.field(6, row.title)
                writer.packed(5, row.sources.numbers)
                writer.field(4, row.rank)
                writer.field(3, row.logit)
                writer.field(2, row.probability)
                writer.field(1, row.itemId)
            }
        }
    }
}
