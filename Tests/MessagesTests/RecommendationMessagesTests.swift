import Base
import Messages
import Ranking
import Store
import Testing

@Suite struct RecommendationMessagesTests {
    let codec = MessageCodec(limits: Limits())

    private func roundTrip(
        _ request: FindItemsRequest, _ kind: FindItemsKind = .search
    ) throws -> FindItemsRequest {
        try codec.decodeFindItemsRequest(codec.encodeFindItemsRequest(request).span.bytes, kind)
    }

    private var full: FindItemsRequest {
        var filter = ItemFilter()
        filter.categories = ["Pets > Cats"]
        filter.brands = ["felina"]
        filter.minPrice = Money(micros: 1_000_000, currencyCode: "USD")
        filter.maxPrice = Money(micros: 9_000_000, currencyCode: "USD")
        filter.attributes = ["shelf": "a"]
        filter.itemIds = ["i1", "i2"]
        filter.isInverted = true
        var request = FindItemsRequest()
        request.user = .stored("u")
        request.rules.filters = [filter]
        request.rules.boosts = [ItemBoost(filter: filter, logits: -1.5)]
        request.rules.excludedIds = ["x"]
        request.rules.pastItems = .viewedNotBought
        request.count = 25
        request.diversity = 0.5
        request.explain = 3
        request.sources = [.queryWords, .popularity]
        request.includesTitles = true
        request.query = "cat food"
        request.context = RequestContext(unixNanoseconds: 5, channel: "web", device: "phone")
        return request
    }

    @Test func everyFieldOfARequestSurvivesTheWire() throws {
        let decoded = try roundTrip(full)
        #expect(decoded.user == full.user && decoded.rules == full.rules)
        #expect(decoded.count == 25 && decoded.diversity == 0.5 && decoded.explain == 3)
        #expect(decoded.sources == full.sources && decoded.includesTitles)
        #expect(decoded.context == full.context)
        #expect(decoded.query == "cat food" && decoded.pageToken.isEmpty)
    }

    @Test func defaultsAreThoseOfTheProtocol() throws {
        var request = FindItemsRequest()
        request.count = 0
        request.user = .stored("u")
        let decoded = try roundTrip(request, .recommend)
        #expect(decoded.count == 10 && decoded.diversity == 0 && decoded.sources.isEmpty)
        #expect(decoded.rules == ItemRules())
        // A page that is not the first asks nothing anew.
        var page = FindItemsRequest()
        page.pageToken = "token"
        #expect(try roundTrip(page, .recommend).user == nil)
        #expect(try roundTrip(page, .search).query.isEmpty)
    }

    private struct Wrong: CustomTestStringConvertible {
        var field: String
        var kind = FindItemsKind.search
        var change: @Sendable (inout FindItemsRequest) -> Void
        var testDescription: String { field }
    }

    private static let wrong = [
        Wrong(field: "user", kind: .recommend) { $0.user = nil },
        Wrong(field: "query") { $0.query = "" },
        Wrong(field: "query") { $0.query = String(repeating: "x", count: 1_025) },
        Wrong(field: "count") { $0.count = 1_001 },
        Wrong(field: "diversity") { $0.diversity = 1.5 },
        Wrong(field: "diversity") { $0.diversity = .nan },
        Wrong(field: "explain") { $0.explain = 1_001 },
        Wrong(field: "page_token") { $0.pageToken = String(repeating: "x", count: 129) },
        Wrong(field: "sources[0]", kind: .recommend) { $0.sources = .queryMeaning },
        Wrong(field: "rules.filters[0]") { $0.rules.filters = [ItemFilter()] },
        Wrong(field: "rules.filters") {
            $0.rules.filters = Array(repeating: $0.rules.filters[0], count: 17)
        },
        Wrong(field: "rules.filters[0].max_price") {
            $0.rules.filters[0].maxPrice = Money(micros: 1, currencyCode: "EUR")
        },
        Wrong(field: "rules.filters[0].brands") {
            $0.rules.filters[0].brands = Array(repeating: "b", count: 257)
        },
        Wrong(field: "rules.boosts[0].logits") { $0.rules.boosts[0].logits = 11 },
        Wrong(field: "rules.boosts[0].logits") { $0.rules.boosts[0].logits = .nan },
        Wrong(field: "rules.excluded_item_ids") {
            $0.rules.excludedIds = Array(repeating: "x", count: 10_001)
        },
    ]

    @Test(arguments: wrong) private func aWrongFieldIsNamed(wrong: Wrong) throws {
        var request = full
        if wrong.kind == .recommend { request.sources = [] }
        wrong.change(&request)
        let fault = #expect(throws: Fault.self) { try roundTrip(request, wrong.kind) }
        #expect(fault?.code == .invalidArgument)
        #expect(fault?.fieldViolations.first?.field == wrong.field)
    }

    @Test func aResponseSurvivesTheWire() throws {
        var response = FindItemsResponse()
        response.rows = [
            .init(
                itemId: "i", probability: 0.5, logit: 0, rank: 3,
                sources: [.interests, .viewed, .queryWords], title: "A title"),
            .init(itemId: "j", probability: 0.25, logit: -1, rank: 4, sources: [], title: ""),
        ]
        response.nextPageToken = "next"
        response.explanation = Explanation(
            featureNames: ["a"], bias: 1, values: [2], contributions: [3], rowCount: 1)
        response.knowledge = .unknownUser
        response.candidateCount = 77
        response.bundleVersion = "v"
        response.queryText = TextInfo(tokenCount: 4, truncated: false)
        response.leftOut = ["rules.past_items"]
        let decoded = try codec.decodeFindItemsResponse(
            codec.encodeFindItemsResponse(response).span.bytes)
        #expect(decoded.rows == response.rows)
        #expect(decoded.nextPageToken == "next" && decoded.knowledge == .unknownUser)
        #expect(decoded.explanation == response.explanation && decoded.candidateCount == 77)
        #expect(decoded.queryText == response.queryText && decoded.userText == nil)
        #expect(decoded.leftOut == response.leftOut && decoded.bundleVersion == "v")
    }
}
