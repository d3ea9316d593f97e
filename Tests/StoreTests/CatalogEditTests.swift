import Base
import Inference
import Testing

@testable import Store

/// What is done to a catalogue in memory must be what reading the changed store gives.
@Suite struct CatalogEditTests {
    @Test func anIndexFindsWhatIsThereThroughChanges() {
        var random = SeededRandom(seed: 41)
        var rows: [String] = []
        var index = IdIndex(rows)
        for step in 0..<6_000 {
            if rows.isEmpty || Int.random(in: 0..<5, using: &random) < 3 {
                rows.append("item-\(step)")
                index.append("item-\(step)")
            } else {
                let row = Int.random(in: 0..<rows.count, using: &random)
                let id = rows[row]
                rows.swapRemove(at: row)
                index.remove(row: row)
                #expect(index.row(of: id) == nil)
            }
        }
        #expect(index.count == rows.count)
        for (row, id) in rows.enumerated() { #expect(index.row(of: id) == row) }
    }

    @Test func pagesStaySortedThroughChanges() {
        var random = SeededRandom(seed: 42)
        var table = Self.table(["m"])
        _ = table.rows(after: "", limit: 1)
        var ids: Set<String> = ["m"]
        for step in 0..<400 {
            var edit = table.edit
            if ids.isEmpty || Bool.random(using: &random) {
                let id = String(UInt32.random(in: 0..<1_000, using: &random), radix: 36)
                edit.upsert(Item(id: id, title: "\(step)"), vectorRow: -1)
                ids.insert(id)
            } else if let id = ids.sorted().randomElement(using: &random) {
                edit.remove(row: edit.row(of: id)!)
                ids.remove(id)
            }
            table = ItemTable(edit, vectors: table.vectors)
            let sorted = table.rows(after: "", limit: .max).map { table.id(at: $0) }
            #expect(sorted == ids.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        }
        let ordered = ids.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for (position, id) in ordered.enumerated() {
            let next = table.rows(after: id, limit: 1).map { table.id(at: $0) }
            #expect(next == Array(ordered.dropFirst(position + 1).prefix(1)))
        }
    }

    @Test func aTableThatIsReadKeepsItsRowsWhileItsCopyChanges() {
        let table = Self.table((0..<2_000).map { "item-\($0)" })
        var edit = table.edit
        edit.upsert(Item(id: "item-7", title: "other", brand: "new"), vectorRow: -1)
        edit.remove(row: 9)
        let next = ItemTable(edit, vectors: table.vectors)
        #expect(table.item(at: 7).title == "item-7" && table.row(of: "item-9") == 9)
        #expect(next.item(at: 7).title == "other" && next.row(of: "item-9") == nil)
        #expect(next.brands.name(of: next.brandCodes[7]) == "new")
        #expect(next.id(at: 9) == "item-1999" && next.count == 1_999)
        #expect(table.brands.count == 0)
    }

    /// Random changes through the store that a server has, each held against a fresh read.
    @Test func changesInMemoryAreWhatIsReadAnew() throws {
        let test = try TestStore()
        try test.items("item,title,category,brand\na,Apple,Fruit,x\nb,Bread,Bakery,y\n")
        try test.ads("ad,campaign,title,bid,bid_currency\nad-1,c,Apple,0.10,USD\n")
        try test.intents(#"{"intent": "greet", "examples": ["hello", "hi"], "answer": "Hi!"}"#)
        let live = try LiveCatalog(test)
        defer { live.close() }
        var random = SeededRandom(seed: 43)
        for step in 0..<150 {
            let id = "\("abcdefgh".randomElement(using: &random)!)"
            let title = "text \(Int.random(in: 0..<6, using: &random))"
            let kind = CatalogKind.allCases.randomElement(using: &random)!
            if Int.random(in: 0..<4, using: &random) == 0 {
                _ = try live.change(.delete(kind, id: id)).get()
            } else {
                _ = try live.change(.upsert([live.encoded(Self.entry(kind, id, title, step))]))
                    .get()
            }
            let fresh = try test.catalog()
            #expect(CatalogContent(live.catalog) == CatalogContent(fresh))
            #expect(live.catalog.version == fresh.version)
        }
        #expect(live.catalog.changeCount > 50, "the catalogue was read anew")
    }

    @Test func aTextIsEncodedOnce() throws {
        let test = try TestStore()
        try test.items("item,title\na,Apple\n")
        try test.intents(#"{"intent": "greet", "examples": ["hello"], "answer": ""}"#)
        let live = try LiveCatalog(test)
        defer { live.close() }
        let version = test.encoder.bundleVersion
        let texts = ["Apple", "hello", "", "new", "new"]
        #expect(
            try live.catalog.missingTexts(of: texts, bundleVersion: version)
                == ["", "", "", "new", ""])
        _ = try live.change(.upsert([live.encoded(.item(Item(id: "n", title: "new")))])).get()
        #expect(try live.catalog.missingTexts(of: ["new"], bundleVersion: version) == [""])
        #expect(try live.catalog.missingTexts(of: ["new"], bundleVersion: "other") == ["new"])
    }

    @Test func anImportMeanwhileIsReadWithTheNextChange() throws {
        let test = try TestStore()
        try test.items("item,title\na,Apple\n")
        let live = try LiveCatalog(test)
        defer { live.close() }
        try test.items("item,title\nb,Bread\n", name: "more.csv")
        #expect(live.catalog.items.row(of: "b") == nil)
        _ = try live.change(.delete(.item, id: "a")).get()
        #expect(live.catalog.items.row(of: "b") != nil && live.catalog.items.count == 1)
    }

    @Test func whatChangesLeaveOverIsGivenUpNowAndThen() throws {
        let test = try TestStore()
        try test.items("item,title\na,Apple\n")
        var limits = Limits()
        limits.maxCatalogChangesInMemory = 3
        let live = try LiveCatalog(test, limits: limits)
        defer { live.close() }
        for step in 0..<10 {
            _ = try live.change(
                .upsert([live.encoded(.item(Item(id: "a", title: "title \(step)")))])
            ).get()
        }
        #expect(live.catalog.vectors.table.rowCount <= 5)
        #expect(live.catalog.items.item(at: 0).title == "title 9")
    }

    private static func table(_ ids: [String]) -> ItemTable {
        ItemTable(
            items: ids.map { Item(id: $0, title: $0) },
            vectors: Int8VectorTable(dimension: 0, rows: []),
            vectorRows: ids.map { _ in -1 }, popularity: ids.map { _ in 0 })
    }

    private static func entry(
        _ kind: CatalogKind, _ id: String, _ title: String, _ step: Int
    ) -> CatalogEntry {
        let item = Item(
            id: id, title: title, category: "Kind \(step % 3)", brand: "brand \(step % 5)",
            price: Money(micros: Int64(step % 4) * 1_000_000, currencyCode: "USD"))
        return switch kind {
        case .item: .item(item)
        case .ad:
            .ad(
                Ad(
                    id: id, campaignId: "c\(step % 3)", creative: item,
                    bid: Money(
                        micros: Int64(step + 1), currencyCode: step % 2 == 0 ? "USD" : "EUR"),
                    delivery: delivery(step)))
        case .intent:
            .intent(
                IntentDefinition(name: id, examples: [title, "and \(step % 7)"], answer: title))
        case .article:
            .article(
                Article(
                    id: id, title: title,
                    body: "Said of \(step % 7).\n\nAnd this besides, at length."))
        }
    }

    private static func delivery(_ step: Int) -> AdDelivery {
        var delivery = AdDelivery()
        delivery.pricing = AdPricing.allCases[step % 3]
        if step % 4 > 0 {
            delivery.rules = [
                TargetingRule(.device, values: ["d\(step % 4)", "d\(step % 5)x"]),
                TargetingRule(.channel, values: ["c\(step % 4)"], excludes: true),
            ]
        }
        if step % 5 == 0 { delivery.dailyBudgetMicros = Int64(step + 1) * 1_000 }
        if step % 6 == 0 { delivery.frequencyCap = FrequencyCap(impressions: 2, hours: 5) }
        return delivery
    }
}

/// A catalogue as ranking sees it, whatever rows and codes its parts have.
private struct CatalogContent: Equatable {
    var items: [String: ItemContent] = [:]
    var ads: [String: ItemContent] = [:]
    var bids: [String: [Int64]] = [:]
    /// Of what each ad's delivery became columns and bits.
    var deliveries: [String: [String]] = [:]
    var intents: [IntentDefinition]
    var examples: [Int8Vector]
    var articles: [Article]
    var passages: [Int8Vector]

    struct ItemContent: Equatable {
        var item: Item
        var category: String?
        var brand: String?
        var logPrice: UInt32
        var popularity: Float
        var vector: Int8Vector?

        init(_ table: ItemTable, _ row: Int) {
            item = table.item(at: row)
            let (category, brand) = (table.categoryCodes[row], table.brandCodes[row])
            self.category = category < 0 ? nil : table.categories.name(of: category)
            self.brand = brand < 0 ? nil : table.brands.name(of: brand)
            logPrice = table.logPrices[row].bitPattern
            popularity = table.popularity[row]
            vector = table.vector(at: row)
        }
    }

    init(_ catalog: Catalog) {
        for row in 0..<catalog.items.count {
            items[catalog.items.id(at: row)] = ItemContent(catalog.items, row)
        }
        let ads = catalog.ads
        for row in 0..<ads.count {
            self.ads[ads.ad(at: row).id] = ItemContent(ads.creatives, row)
            bids[ads.ad(at: row).id] = [
                ads.bidMicros[row], ads.startUnixNanoseconds[row], ads.endUnixNanoseconds[row],
                ads.currencies.name(of: ads.currencyCodes[row]) == "USD" ? 1 : 0,
            ]
        }
        let exclusions = (1...4).flatMap { number in
            ads.targeting.exclusions(rowCount: ads.count) { field, _ in
                [field == .device ? "d\(number)" : "c\(number)"]
            }.map { (number, $0) }
        }
        for row in 0..<ads.count {
            let account = ads.accountCodes[row]
            deliveries[ads.ad(at: row).id] =
                [
                    "\(ads.terms[row].pricing)", ads.accounts.name(of: account),
                    "\(ads.terms[row].capHours) \(ads.terms[row].bidMicros)",
                    "\(ads.budgets[Int(account)].map { $0.micros } ?? 0)",
                ]
                + exclusions.filter { $0.1.contains(row) }.map { "\($0.0) \($0.1.field)" }.sorted()
        }
        intents = catalog.intents.definitions
        examples = (0..<catalog.intents.exampleVectors.rowCount).map {
            catalog.intents.exampleVectors.row($0)
        }
        let articles = catalog.articles
        self.articles = articles.articles
        passages =
            (0..<articles.passageVectors.rowCount).map { articles.passageVectors.row($0) }
            + (0..<articles.sentenceVectors.rowCount).map { articles.sentenceVectors.row($0) }
    }
}
