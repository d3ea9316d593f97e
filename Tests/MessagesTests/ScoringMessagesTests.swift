import Base
import Messages
import Store
import Testing

@Suite struct ScoringMessagesTests {
    let codec = MessageCodec(limits: Limits())

    private func roundTrip(_ request: ScoreItemsRequest) throws -> ScoreItemsRequest {
        try codec.decodeScoreItemsRequest(codec.encodeScoreItemsRequest(request).span.bytes)
    }

    @Test func everyFieldOfARequestSurvivesTheWire() throws {
        let event = Event(
            itemId: "milk", type: .purchase, unixNanoseconds: -1_500_000_001, eventId: "e1",
            quantity: 3, value: Money(micros: 4_500_000, currencyCode: "USD"), rating: 4.5,
            channel: "store", device: "till", query: "whole milk")
        let item = Item(
            id: "tea", title: "Green tea", description: "Loose leaf", category: "DRINKS > TEA",
            brand: "69", price: Money(micros: 3_990_000, currencyCode: "EUR"),
            attributes: ["size": "100 g", "origin": "靜岡"])
        let decoded = try roundTrip(
            ScoreItemsRequest(
                user: .inline(
                    InlineUser(text: "a tea drinker", events: [event], attributes: ["age": "35"])),
                itemIds: ["milk", "bread"], items: [item], limit: 2, explain: 1))
        #expect(
            decoded.user
                == .inline(
                    InlineUser(text: "a tea drinker", events: [event], attributes: ["age": "35"])))
        #expect(decoded.itemIds == ["milk", "bread"])
        #expect(try decoded.items.map { try $0.get() } == [item])
        #expect(decoded.limit == 2 && decoded.explain == 1)
    }

    @Test func aNULInsideATextDoesNotCutIt() throws {
        let decoded = try roundTrip(
            ScoreItemsRequest(user: .stored("a\0b"), itemIds: ["x\0y"]))
        #expect(decoded.user == .stored("a\0b"))
        #expect(decoded.itemIds == ["x\0y"])
    }

    @Test func aBadInlineItemKeepsItsPlaceAndFailsAlone() throws {
        let decoded = try roundTrip(
            ScoreItemsRequest(
                user: .stored("u"),
                items: [
                    Item(id: "good"), Item(id: ""),
                    Item(id: "x", price: Money(micros: -1, currencyCode: "USD")),
                ]))
        #expect(try decoded.items[0].get().id == "good")
        #expect(throws: Fault.invalid("items[1].item_id", "must not be empty")) {
            try decoded.items[1].get()
        }
        #expect(throws: Fault.invalid("items[2].price.micros", "must not be negative")) {
            try decoded.items[2].get()
        }
    }

    /// A request with one fault; printed by its field, for some are large.
    struct FaultyRequest: Sendable, CustomTestStringConvertible {
        let field: String
        let request: ScoreItemsRequest

        init(
            _ field: String, ids: [String] = [], items: [Item] = [], user: String = "u",
            explain: Int = 0
        ) {
            self.field = field
            request = ScoreItemsRequest(
                user: .stored(user), itemIds: ids, items: items, explain: explain)
        }

        var testDescription: String { field }
    }

    @Test(arguments: [
        FaultyRequest("item_ids"),
        FaultyRequest("user.user_id", ids: ["a"], user: ""),
        FaultyRequest("item_ids", ids: [String](repeating: "a", count: 10_001)),
        FaultyRequest("items", items: [Item](repeating: Item(id: "a"), count: 1_001)),
        FaultyRequest("explain", ids: ["a"], explain: 1_001),
        FaultyRequest("item_ids[0]", ids: [String(repeating: "i", count: 257)]),
    ])
    func aFaultNamesItsField(faulty: FaultyRequest) throws {
        let fault = try #require(throws: Fault.self) { try roundTrip(faulty.request) }
        #expect(fault.code == .invalidArgument)
        #expect(fault.fieldViolations.map(\.field) == [faulty.field])
    }

    @Test func anEmptyRequestNamesWhatIsMissing() throws {
        let fault = try #require(throws: Fault.self) {
            try codec.decodeScoreItemsRequest([UInt8]().span.bytes)
        }
        #expect(fault.fieldViolations.map(\.field) == ["item_ids"])
    }

    @Test func invalidUTF8IsRefusedByName() throws {
        var bytes = codec.encodeScoreItemsRequest(
            ScoreItemsRequest(user: .stored("u"), itemIds: ["abc"]))
        bytes[try #require(bytes.lastIndex(of: UInt8(ascii: "b")))] = 0xFF
        let fault = try #require(throws: Fault.self) {
            try codec.decodeScoreItemsRequest(bytes.span.bytes)
        }
        #expect(fault == .invalid("item_ids[0]", "is not valid UTF-8"))
    }

    @Test func aMessageThatGrowsPastTheLimitIsRefusedNotDecoded() throws {
        var limits = Limits()
        limits.maxDecodedBytes = 1_000_000
        let codec = MessageCodec(limits: limits)
        // Two bytes each on the wire (field 3, length 0), an Item each in memory.
        let bytes = [UInt8]([[UInt8]](repeating: [0x1A, 0x00], count: 100_000).joined())
        let fault = try #require(throws: Fault.self) {
            try codec.decodeScoreItemsRequest(bytes.span.bytes)
        }
        #expect(fault.code == .resourceExhausted && fault.reason == "MESSAGE_TOO_COMPLEX")
        _ = try codec.decodeScoreItemsRequest(
            codec.encodeScoreItemsRequest(
                ScoreItemsRequest(user: .stored("u"), itemIds: ["a"])
            ).span.bytes)
    }

    @Test func anyBytesAreAnsweredWithAMessageOrAFault() {
        var random = SeededRandom(seed: 7)
        let valid = codec.encodeScoreItemsRequest(
            ScoreItemsRequest(
                user: .inline(InlineUser(text: "tea", attributes: ["a": "b"])), itemIds: ["a"],
                items: [Item(id: "b", title: "c", attributes: ["d": "e"])]))
        for _ in 0..<20_000 {
            var bytes = valid
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = .random(
                    in: 0...255, using: &random)
            }
            bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random) / 2)
            _ = try? codec.decodeScoreItemsRequest(bytes.span.bytes)
            _ = try? codec.decodeScoreAdsRequest(bytes.span.bytes)
            _ = try? codec.decodeStatus(bytes.span.bytes)
        }
    }

    /// Rows are written by hand and read by protobuf-c.
    @Test func rowsOfEverySizeSurviveTheWire() throws {
        var random = SeededRandom(seed: 11)
        let sizes = [0, 1, 127, 128, 200, 256, 16_383, 16_384, 100_000]
        let rows = (0..<400).map { _ -> ScoreItemsResponse.Row in
            let text = TextInfo(
                tokenCount: sizes.randomElement(using: &random)!, truncated: .random(using: &random)
            )
            return ScoreItemsResponse.Row(
                index: sizes.randomElement(using: &random)!,
                itemId: String(repeating: "é", count: Int.random(in: 0...128, using: &random)),
                probability: [0, 0.25, 1].randomElement(using: &random)!,
                logit: [0, -7.5, .leastNonzeroMagnitude, .infinity].randomElement(using: &random)!,
                text: .random(using: &random) ? text : nil)
        }
        let response = ScoreItemsResponse(
            rows: rows, failures: [], explanation: nil, timings: Timings(), bundleVersion: "",
            userText: nil)
        let bytes = codec.encodeScoreItemsResponse(response)
        #expect(try codec.decodeScoreItemsResponse(bytes.span.bytes).rows == rows)
    }

    @Test func aReplySurvivesTheWire() throws {
        var timings = Timings()
        timings.queueNanoseconds = 1
        timings.totalNanoseconds = 5
        let fault = Fault.notFound("item \"x\"")
        let response = ScoreItemsResponse(
            rows: [
                .init(index: 4, itemId: "a", probability: 0.75, logit: 1.1, text: nil),
                .init(
                    index: 0, itemId: "b", probability: 0.5, logit: 0,
                    text: TextInfo(tokenCount: 7, truncated: true)),
            ],
            failures: [CandidateFailure(index: 2, id: "x", fault: fault)], explanation: nil,
            timings: timings, bundleVersion: "v1",
            userText: TextInfo(tokenCount: 3, truncated: false))
        let decoded = try codec.decodeScoreItemsResponse(
            codec.encodeScoreItemsResponse(response).span.bytes)
        #expect(decoded.rows == response.rows)
        #expect(decoded.failures == response.failures)
        #expect(decoded.timings == timings && decoded.bundleVersion == "v1")
        #expect(decoded.userText == response.userText && decoded.explanation == nil)
    }
}
