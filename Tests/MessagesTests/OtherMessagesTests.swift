import Ads
import Base
import Messages
import Store
import Testing

@Suite struct OtherMessagesTests {
    let codec = MessageCodec(limits: Limits())

    @Test func aFaultSurvivesAsGoogleRPCStatus() throws {
        var fault = Fault.invalid("items[3].price", "must be set")
        #expect(try codec.decodeStatus(codec.encodeStatus(fault).span.bytes) == fault)
        fault = .exhausted("the queue is full", retryAfterMs: 1_250)
        #expect(try codec.decodeStatus(codec.encodeStatus(fault).span.bytes) == fault)
    }

    @Test(arguments: [Double.nan, .infinity, -1])
    func aBidThatIsNoAmountFailsAlone(bid: Double) throws {
        let bytes = codec.encodeScoreAdsRequest(
            ScoreAdsRequest(
                user: .stored("u"), adBids: [.init(adId: "a", bid: bid), .init(adId: "b")]))
        let decoded = try codec.decodeScoreAdsRequest(bytes.span.bytes)
        let fault = try #require(throws: Fault.self) { try decoded.adBids[0].get() }
        #expect(fault.fieldViolations.map(\.field) == ["ad_bids[0].bid"])
        #expect(try decoded.adBids[1].get() == .init(adId: "b"))
    }

    @Test func moneyWithoutACurrencyIsRefused() throws {
        let bytes = codec.encodeScoreAdsRequest(
            ScoreAdsRequest(
                user: .stored("u"), adBids: [.init(adId: "a")],
                floor: Money(micros: 1, currencyCode: "usd")))
        let fault = try #require(throws: Fault.self) {
            try codec.decodeScoreAdsRequest(bytes.span.bytes)
        }
        #expect(fault.fieldViolations.map(\.field) == ["floor.currency_code"])
    }

    @Test func adsSurviveTheWire() throws {
        let micros: [Int64] = [0, 127, 128, 1_000_000_000_000_000]
        let rows = micros.enumerated().map { index, micros in
            ScoreAdsResponse.Row(
                index: 300 * index, adId: "ad\(index)",
                campaignId: String(repeating: "c", count: 85 * index),
                clickProbability: Float(index) / 4, logit: -Float(index),
                conversionProbability: Float(index) / 8,
                pricing: AdPricing.allCases[index % 3],
                ecpm: Money(micros: micros, currencyCode: "USD"), passProbability: 0.5,
                text: index == 2 ? TextInfo(tokenCount: 9, truncated: true) : nil)
        }
        var response = ScoreAdsResponse(
            rows: rows,
            noBids: [
                .init(index: 7, adId: "n", reason: .belowFloor),
                .init(
                    index: 400, adId: String(repeating: "n", count: 200), reason: .unmatchedUser,
                    excludedBy: ["a", String(repeating: "b", count: 300)]),
            ], failures: [], explanation: nil, timings: Timings(), bundleVersion: "v",
            userText: nil)
        response.isPartial = true
        response.noBidReason = .insufficientTime
        let decoded = try codec.decodeScoreAdsResponse(
            codec.encodeScoreAdsResponse(response).span.bytes)
        #expect(decoded.rows == rows && decoded.noBids == response.noBids)
        #expect(decoded.bundleVersion == "v")
        #expect(decoded.isPartial && decoded.noBidReason == .insufficientTime)
    }

    @Test func aRequestForAdsSurvivesTheWire() throws {
        var request = ScoreAdsRequest(user: .stored("u"), adIds: ["a", "b"])
        request.placement = "top"
        request.channel = "web"
        request.device = "phone"
        request.region = "DE-BY"
        request.categories = ["Pets", "Food > Bread"]
        request.utcOffsetMinutes = -1_439
        request.tmaxMs = 10
        request.isDryRun = true
        let decoded = try codec.decodeScoreAdsRequest(
            codec.encodeScoreAdsRequest(request).span.bytes)
        #expect(Array(decoded.adIds) == ["a", "b"])
        #expect(decoded.placement == "top" && decoded.channel == "web")
        #expect(decoded.device == "phone" && decoded.region == "DE-BY")
        #expect(decoded.categories == request.categories)
        #expect(decoded.utcOffsetMinutes == -1_439 && decoded.tmaxMs == 10 && decoded.isDryRun)
        request.utcOffsetMinutes = 1_440
        let fault = try #require(throws: Fault.self) {
            try codec.decodeScoreAdsRequest(codec.encodeScoreAdsRequest(request).span.bytes)
        }
        #expect(fault.fieldViolations.map(\.field) == ["utc_offset_minutes"])
    }

    @Test func intentsSurviveTheWire() throws {
        let request = ClassifyIntentRequest(text: "where is my order", topK: 2, explain: true)
        #expect(
            try codec.decodeClassifyIntentRequest(
                codec.encodeClassifyIntentRequest(request).span.bytes) == request)
        let fault = try #require(throws: Fault.self) {
            try codec.decodeClassifyIntentRequest(
                codec.encodeClassifyIntentRequest(ClassifyIntentRequest(text: " \n")).span.bytes)
        }
        #expect(fault.fieldViolations.map(\.field) == ["text"])
    }

    @Test func reflectionFindsFilesWithTheirImports() throws {
        let index = DescriptorIndex()
        #expect(index.serviceNames.contains("rankwire.v1.ScoringService"))
        #expect(index.serviceNames.contains("grpc.health.v1.Health"))
        let files = try #require(index.files(containing: "rankwire.v1.ScoringService.ScoreItems"))
        // scoring_service, recommendation, common, timestamp, status, any
        #expect(files.count == 6)
        #expect(index.files(containing: "rankwire.v1.Nothing") == nil)
        #expect(index.files(named: "rankwire/v1/common.proto")?.count == 2)
    }

    @Test func aReflectionAnswerRepeatsItsQuestion() throws {
        // ServerReflectionRequest { list_services: "" }
        let question: [UInt8] = [0x3A, 0x00]
        #expect(try codec.decodeReflectionRequest(question.span.bytes) == .listServices)
        let answer = try codec.encodeReflectionResponse(
            .services(["a.B"]), to: question.span.bytes)
        // original_request (2), list_services_response (6) { service (1) { name (1) } }
        #expect(answer == [0x12, 2, 0x3A, 0, 0x32, 7, 0x0A, 5, 0x0A, 3] + Array("a.B".utf8))
    }
}
