import Inference
import Intents
import Store
import Testing

@Suite struct EntityReaderTests {
    private static let reader: EntityReader = {
        let items = ["Garden Chair Oslo", "Kettle", "garden chair"].enumerated().map {
            Item(id: "i\($0)", title: $1)
        }
        return EntityReader(
            products: ProductTitles(
                items: ItemTable(
                    items: items, vectors: Int8VectorTable(dimension: 0, rows: []),
                    vectorRows: items.map { _ in -1 }, popularity: items.map { _ in 0 },
                    categories: NameDictionary([]), brands: NameDictionary([]))))
    }()

    private static func found(_ text: String) -> [String] {
        reader.read(Words(text)).map { "\($0.kind.rawValue)=\($0.value)" }
    }

    @Test(arguments: [
        ("Where is order #48213?", ["order_number=48213"]),
        ("order A-77120, any news", ["order_number=A-77120"]),
        ("tracking 1Z999AA10123456784 please", ["tracking_number=1Z999AA10123456784"]),
        ("my parcel RR123456785GB", ["tracking_number=RR123456785GB"]),
        ("you charged me $12.50 twice", ["amount=12.50 USD"]),
        ("refund 20 euros", ["amount=20 EUR"]),
        ("it was £7", ["amount=7 GBP"]),
        ("it came on March 3rd", ["date=march 3rd"]),
        ("since 2024-05-01", ["date=2024-05-01"]),
        ("write to Anna.B@example.com.", ["email=anna.b@example.com"]),
        ("the GARDEN CHAIR oslo is broken", ["product=i0"]),
        ("a garden chair and a kettle", ["product=i2"]),
        ("how long does it take", []),
        ("", []),
    ])
    func readsWhatIsNamed(text: String, expected: [String]) {
        #expect(Self.found(text) == expected)
    }

    @Test func rangesAreOfTheText() throws {
        let text = "über Bestellung #48213!"
        let entity = try #require(Self.reader.read(Words(text)).first)
        #expect(String(decoding: Array(text.utf8)[entity.range], as: UTF8.self) == "48213")
    }
}

@Suite struct WordsTests {
    @Test(arguments: [
        ("where", true), ("3010 6807 5581 1089", false), ("anna@example.com", false),
        ("#48213!", false), ("我的包裹", true), ("+49 30 1234567 please", true), ("", false),
    ])
    func bareNumbersAndAddressesSayNothing(text: String, says: Bool) {
        #expect(Words(text).saysSomething == says)
    }
}

@Suite struct AnswerTests {
    private static let template = AnswerTemplate(
        "Order {order_number} comes with {carrier}, order {order_number}.")

    @Test func fillsEveryPlace() {
        let filled = Self.template.filled(with: ["order_number": "7", "carrier": "DHL"])
        #expect(filled.text == "Order 7 comes with DHL, order 7.")
        #expect(filled.missing.isEmpty && !filled.needsLookup)
    }

    @Test func aMissingFactBecomesAQuestion() {
        let asked = Self.template.filled(with: ["carrier": "DHL"])
        #expect(asked.text == "What is your order number?")
        #expect(asked.missing == ["order_number"] && !asked.needsLookup)
        let lookup = Self.template.filled(with: ["order_number": "7"])
        #expect(lookup.text.hasSuffix("?") && lookup.text.contains("carrier"))
        #expect(lookup.needsLookup)
        #expect(
            Self.template.filled(with: ["order_number": "", "carrier": "x"]).text.hasSuffix("?"))
    }

    @Test func textWithoutPlacesStays() {
        #expect(AnswerTemplate("a } b { c").filled(with: [:]).text == "a } b { c")
    }

    @Test func moodFollowsTheWords() {
        #expect(Mood(Words("thank you, that was great")).sentiment > 0.3)
        #expect(Mood(Words("this is terrible, the worst shop!")).sentiment < -0.5)
        #expect(Mood(Words("not good")).sentiment < 0)
        #expect(Mood(Words("where is my order")).sentiment == 0)
        #expect(Mood(Words("I need it urgently, today!")).urgency > 0.5)
        #expect(Mood(Words("where is my order")).urgency == 0)
    }

    @Test func aPersonTakesOverForAReason() {
        func reason(
            _ intent: String?, probability: Float = 0.9, isOutOfScope: Bool = false,
            hasPassages: Bool = false, canRead: Bool = true, text: String = ""
        ) -> HandOver? {
            HandOver.reason(
                intent: intent, probability: probability, isOutOfScope: isOutOfScope,
                hasPassages: hasPassages, canRead: canRead, mood: Mood(Words(text)),
                needsLookup: false)
        }
        #expect(reason("track_order") == nil)
        #expect(reason("talk_to_human") == .asked)
        #expect(reason("track_order", probability: 0.2) == .uncertain)
        #expect(reason("track_order", isOutOfScope: true) == .outOfScope)
        #expect(reason("track_order", isOutOfScope: true, hasPassages: true) == nil)
        #expect(reason("track_order", canRead: false) == .unsupportedLanguage)
        #expect(reason("track_order", text: "terrible, awful, I am furious!!!") == .angry)
    }
}
