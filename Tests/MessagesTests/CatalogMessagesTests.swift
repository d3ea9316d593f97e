import Base
import Messages
import Store
import Testing

/// Items, ads and intents share their messages' wire form; what goes out must come in.
@Suite struct CatalogMessagesTests {
    let codec = MessageCodec(limits: Limits())

    static let item = Item(
        id: "i", title: "Rye bread", description: "Dark", category: "Food > Bread", brand: "mill",
        price: Money(micros: 2_500_000, currencyCode: "USD"), attributes: ["shelf": "b"])
    static let delivery: AdDelivery = {
        var delivery = AdDelivery()
        delivery.pricing = .conversion
        delivery.rules = [
            TargetingRule(.device, values: ["phone", "tablet"]),
            TargetingRule(.attribute, attribute: "age", values: ["18-24"], excludes: true),
        ]
        delivery.frequencyCap = FrequencyCap(impressions: 3, hours: 24)
        delivery.dailyBudgetMicros = 5_000_000
        delivery.pacing = .frontLoaded
        return delivery
    }()
    static let entries: [CatalogEntry] = [
        .item(item),
        .ad(
            Ad(
                id: "i", campaignId: "c", creative: item,
                bid: Money(micros: 400_000, currencyCode: "EUR"), startUnixNanoseconds: -1,
                endUnixNanoseconds: 1_700_000_000_000_000_001, delivery: delivery)),
        .intent(IntentDefinition(name: "greet", examples: ["hello", "hi"], answer: "Hi {name}")),
    ]

    @Test(arguments: entries)
    func entriesSurviveTheWire(entry: CatalogEntry) throws {
        let kind = entry.kind
        let upsert = codec.encodeUpsertRequest([entry, entry], kind)
        let decoded = try codec.decodeUpsertRequest(upsert.span.bytes, kind)
        #expect(try decoded.map { try $0.get() } == [entry, entry])
        let got = codec.encodeGetResponse(entry)
        #expect(try codec.decodeGetResponse(got.span.bytes, kind) == entry)
    }

    @Test(arguments: entries)
    func aPagesTokenLeadsToTheNext(entry: CatalogEntry) throws {
        let kind = entry.kind
        let last = codec.encodeListResponse([entry], kind, isLast: true)
        #expect(try codec.decodeListResponse(last.span.bytes, kind).nextPageToken.isEmpty)
        let page = codec.encodeListResponse([entry], kind, isLast: false)
        let token = try codec.decodeListResponse(page.span.bytes, kind).nextPageToken
        let next = codec.encodeListRequest(pageSize: 0, pageToken: token)
        #expect(
            try codec.decodeListRequest(next.span.bytes, kind)
                == ListEntriesRequest(pageSize: 100, afterId: entry.id))
        for other in CatalogKind.allCases where other != kind {
            let fault = try #require(throws: Fault.self) {
                try codec.decodeListRequest(next.span.bytes, other)
            }
            #expect(fault.fieldViolations.map(\.field) == ["page_token"])
        }
    }

    @Test func theLongestIdentifierFitsInAToken() throws {
        let item = Item(id: String(repeating: "\u{E9}", count: 128), title: "x")
        let page = codec.encodeListResponse([.item(item)], .item, isLast: false)
        let token = try codec.decodeListResponse(page.span.bytes, .item).nextPageToken
        let next = codec.encodeListRequest(pageSize: 5_000, pageToken: token)
        let request = try codec.decodeListRequest(next.span.bytes, .item)
        #expect(request == ListEntriesRequest(pageSize: 1_000, afterId: item.id))
    }

    @Test func entriesOfACallAreBounded() throws {
        let many = codec.encodeUpsertRequest(
            [CatalogEntry](repeating: .item(Self.item), count: 1_001), .item)
        let fault = try #require(throws: Fault.self) {
            try codec.decodeUpsertRequest(many.span.bytes, .item)
        }
        #expect(fault.fieldViolations.map(\.field) == ["items"])
    }

    @Test(arguments: [
        ("targeting.rules[0]", "empty"), ("targeting.rules[0]", "hour"),
        ("targeting.frequency_cap", "cap"),
    ])
    func deliveriesThatAreNoneNameTheField(field: String, what: String) throws {
        var delivery = AdDelivery()
        switch what {
        case "empty": delivery.rules = [TargetingRule(.device, values: [])]
        case "hour": delivery.rules = [TargetingRule(.hour, values: ["24"])]
        default: delivery.frequencyCap = FrequencyCap(impressions: 0, hours: 1)
        }
        let ad = Ad(
            id: "i", campaignId: "c", creative: Self.item,
            bid: Money(micros: 1, currencyCode: "EUR"), delivery: delivery)
        let bytes = codec.encodeUpsertRequest([.ad(ad)], .ad)
        let decoded = try codec.decodeUpsertRequest(bytes.span.bytes, .ad)
        let fault = try #require(throws: Fault.self) { try decoded[0].get() }
        #expect(fault.fieldViolations.map(\.field) == ["ads[0].\(field)"])
    }
}
