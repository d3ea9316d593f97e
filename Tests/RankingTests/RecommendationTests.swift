import Base
import Inference
import Store
import Testing

@testable import Ranking

/// A shop of 40 items: five categories, ten texts each of four items, prices from 1 to 40.
private struct SmallShop {
    static let categories = [
        "Pets > Cats", "Pets > Dogs", "Food > Bread", "Food > Tea", "Foodstuff",
    ]
    var items: [Item]
    let vectors: [Int8Vector]
    var behaviour = ItemBehaviour.empty

    init() {
        var random = SeededRandom(seed: 3)
        vectors = (0..<10).map { _ in
            Int8Vector(quantizing: (0..<8).map { _ in Float.random(in: -1...1, using: &random) })
        }
        items = (0..<40).map { number in
            var item = Item(id: "i\(number)", title: "thing t\(number / 4) n\(number)")
            item.category = Self.categories[number % 5]
            item.brand = number % 2 == 0 ? "even" : "odd"
            item.price = Money(micros: Int64(number + 1) * 1_000_000, currencyCode: "USD")
            item.attributes = ["shelf": number < 20 ? "low" : "high"]
            return item
        }
    }

    func table(without gone: Set<String> = []) -> ItemTable {
        let kept = items.filter { !gone.contains($0.id) }
        let numbers = kept.map { Int32($0.id.dropFirst()) ?? 0 }
        return ItemTable(
            items: kept, vectors: Int8VectorTable(dimension: 8, rows: vectors),
            vectorRows: numbers.map { $0 / 4 }, popularity: kept.map { _ in 0.5 })
    }

    /// Sessions of the items, each seen three times.
    mutating func learn(_ sessions: [[String]]) {
        var builder = ItemBehaviourBuilder()
        for session in sessions {
            for _ in 0..<3 {
                for item in session {
                    builder.add(itemId: item, type: .purchase, unixNanoseconds: 0)
                }
                builder.finishUser()
            }
        }
        behaviour = builder.build()
    }
}

@Suite struct RecommendationTests {
    private func found(
        _ query: CandidateQuery, for profile: Profile = Profile(), in shop: SmallShop = SmallShop(),
        table: ItemTable? = nil, diversity: Float = 0, explain: Int = 0, maxCount: Int = 1_000
    ) -> (table: ItemTable, items: FoundItems) {
        let index = CandidateIndex(table: shop.table(), behaviour: shop.behaviour)
        let table = table ?? index.table
        var job = RecommendationJob(
            RecommendationOrder(
                query: query, maxCount: maxCount, diversity: diversity, explain: explain),
            for: Subject(profile: profile), index: index, table: table, ranker: Ranker())
        while !job.isDone { job.advance() }
        return (table, job.finish())
    }

    private func ids(_ query: CandidateQuery, for profile: Profile = Profile()) -> Set<String> {
        let (table, items) = found(query, for: profile)
        return Set(items.rows.map { table.id(at: Int($0.row)) })
    }

    private func popular(_ change: (inout ItemRules) -> Void) -> CandidateQuery {
        var rules = ItemRules()
        change(&rules)
        return CandidateQuery(sources: .popularity, rules: rules)
    }

    private func filter(_ change: (inout ItemFilter) -> Void) -> CandidateQuery {
        var filter = ItemFilter()
        change(&filter)
        return popular { $0.filters = [filter] }
    }

    private func numbers(_ isIn: (Int) -> Bool) -> Set<String> {
        Set((0..<40).filter(isIn).map { "i\($0)" })
    }

    // MARK: Rules

    @Test func aCategoryHasThoseBelowItAndNoNamesake() {
        #expect(ids(filter { $0.categories = ["Pets"] }) == numbers { $0 % 5 < 2 })
        #expect(ids(filter { $0.categories = ["Food > Tea"] }) == numbers { $0 % 5 == 3 })
        #expect(ids(filter { $0.categories = ["Food"] }) == numbers { [2, 3].contains($0 % 5) })
        #expect(ids(filter { $0.categories = ["Nowhere"] }).isEmpty)
    }

    @Test func filtersAreOfEveryKindAndAllMustMatch() {
        #expect(ids(filter { $0.brands = ["odd"] }) == numbers { $0 % 2 == 1 })
        #expect(ids(filter { $0.brands = ["nobody's"] }).isEmpty)
        #expect(ids(filter { $0.attributes = ["shelf": "low"] }) == numbers { $0 < 20 })
        #expect(ids(filter { $0.itemIds = ["i3", "gone"] }) == ["i3"])
        var both = popular { _ in }
        for (categories, brands) in [(["Pets"], []), ([], ["even"])] {
            var filter = ItemFilter()
            filter.categories = categories
            filter.brands = brands
            both.rules.filters.append(filter)
        }
        #expect(ids(both) == numbers { $0 % 5 < 2 && $0 % 2 == 0 })
        #expect(
            ids(
                filter { filter in
                    filter.brands = ["odd"]
                    filter.isInverted = true
                }) == numbers { $0 % 2 == 0 })
    }

    @Test func pricesHoldAtTheirBounds() {
        func money(_ units: Int64, _ code: String = "USD") -> Money {
            Money(micros: units * 1_000_000, currencyCode: code)
        }
        #expect(ids(filter { $0.minPrice = money(10) }) == numbers { $0 + 1 >= 10 })
        #expect(ids(filter { $0.maxPrice = money(10) }) == numbers { $0 + 1 <= 10 })
        #expect(
            ids(
                filter { filter in
                    filter.minPrice = money(5)
                    filter.maxPrice = money(7)
                }) == ["i4", "i5", "i6"])
        #expect(ids(filter { $0.minPrice = money(1, "EUR") }).isEmpty)
        #expect(ids(filter { $0.maxPrice = money(0) }).isEmpty)
        var shop = SmallShop()
        shop.items[7].price = money(0)
        shop.items[8].price = nil
        let (table, items) = found(filter { $0.maxPrice = money(2) }, in: shop)
        #expect(Set(items.rows.map { table.id(at: Int($0.row)) }) == ["i0", "i1", "i7"])
    }

    @Test func excludedItemsDoNotComeBackFromAnySource() {
        var profile = Profile()
        profile.interest = SmallShop().vectors[0]
        var rules = ItemRules()
        rules.excludedIds = ["i0", "i1", "gone"]
        #expect(
            ids(CandidateQuery(sources: .user, rules: rules), for: profile)
                == numbers { $0 > 1 })
    }

    @Test func whatWasBoughtOrOnlyLookedAtDecides() {
        var past = UserPast()
        for (item, type) in [
            ("i0", EventType.view), ("i1", .view), ("i1", .purchase), ("i2", .cart),
            ("i3", .purchase), ("i4", .impression), ("gone", .view),
        ] { past.add(Event(itemId: item, type: type, unixNanoseconds: 0)) }
        var query = popular { $0.pastItems = .notBought }
        query.past = past
        #expect(ids(query) == numbers { $0 != 1 && $0 != 3 })
        query.rules.pastItems = .viewedNotBought
        query.sources = [.viewed]
        #expect(ids(query) == ["i0", "i2"])
        // Who may not know the past is not shown it by what is missing.
        query.past = nil
        query.sources = [.popularity]
        #expect(ids(query) == numbers { _ in true })
    }

    @Test func boostsAreTermsOfTheLogit() throws {
        var boosted = ItemFilter()
        boosted.brands = ["odd"]
        var sunk = ItemFilter()
        sunk.itemIds = ["i1"]
        let query = popular {
            $0.boosts = [
                ItemBoost(filter: boosted, logits: 2), ItemBoost(filter: sunk, logits: -5),
            ]
        }
        let (table, items) = found(query, explain: 40)
        let names = items.rows.map { table.id(at: Int($0.row)) }
        #expect(Set(names.prefix(19)) == numbers { $0 % 2 == 1 && $0 != 1 })
        #expect(names.last == "i1")
        try expectSums(items)
        #expect(try #require(items.explanation).featureNames.last == "boost")
    }

    private func expectSums(_ items: FoundItems) throws {
        let explanation = try #require(items.explanation)
        let count = explanation.featureNames.count
        for (place, row) in items.rows.prefix(explanation.rowCount).enumerated() {
            let terms = explanation.contributions[place * count..<(place + 1) * count]
            #expect(abs(terms.reduce(explanation.bias, +) - row.logit) <= 1e-5)
            #expect(abs(row.probability - AdditiveHead.probability(logit: row.logit)) <= 1e-6)
        }
    }

    // MARK: Sources

    @Test func everySourceIsNamedAndAnItemHasAllOfThem() {
        var shop = SmallShop()
        shop.learn([["i0", "i9"], ["i0", "i8"], ["i20"]])
        var profile = Profile()
        profile.recentItems = [
            .init(itemId: "i0", unixNanoseconds: 0, vector: shop.vectors[0]),
            .init(itemId: "gone", unixNanoseconds: 0, vector: nil),
        ]
        profile.interests = [.init(leader: 0, itemCount: 1, share: 1)]
        let record = PurchaseRecord(dayCount: 1, firstDay: 0, lastDay: 0)
        profile.boughtItems = [.init(itemId: "i1", record: record, share: 1)]
        let query = CandidateQuery(sources: .user, rules: ItemRules())
        let (table, items) = found(query, for: profile, in: shop)
        let sources = Dictionary(
            uniqueKeysWithValues: items.rows.map { (table.id(at: Int($0.row)), $0.sources) })
        #expect(sources["i0"] == [.interests, .popularity])
        #expect(sources["i1"] == [.interests, .repeatPurchases, .popularity])
        #expect(sources["i9"]?.contains(.neighbours) == true)
        #expect(sources["i8"]?.contains(.neighbours) == true)
        #expect(sources["i20"]?.contains(.neighbours) == false)
        #expect(items.candidateCount == 40)
    }

    @Test func whatIsBoughtOfLateIsPopularFirst() {
        var shop = SmallShop()
        shop.learn([["i7"], ["i7"], ["i30"]])
        let index = CandidateIndex(table: shop.table(), behaviour: shop.behaviour)
        #expect(index.byPopularity.prefix(2) == [7, 30])
        #expect(index.byPopularity.count == 40)
    }

    @Test func aSearchFindsMeaningAndWords() throws {
        let shop = SmallShop()
        var query = CandidateQuery(sources: .query, rules: ItemRules())
        query.words = "n13"
        query.meaning = shop.vectors[5]
        let (table, items) = found(query, in: shop, explain: 5)
        let first = try #require(items.rows.first)
        let names = items.rows.map { table.id(at: Int($0.row)) }
        // The text's four items, and among the others the one that has the word.
        #expect(Set(names.prefix(4)) == ["i20", "i21", "i22", "i23"])
        #expect(first.sources == .queryMeaning)
        #expect(items.rows.filter { $0.sources.contains(.queryWords) }.map(\.row) == [13])
        try expectSums(items)
        let explanation = try #require(items.explanation)
        #expect(
            explanation.featureNames.suffix(3) == [
                "query_meaning", "query_words", "query_category",
            ])
        // The ten best are of more than one category, and of the first's too.
        let share = explanation.values[explanation.featureNames.count - 1]
        #expect(share > 0 && share < 1)
        query.sources = .queryWords
        let words = found(query, in: shop, explain: 1).items
        #expect(words.rows.map { table.id(at: Int($0.row)) } == ["i13"])
        #expect(words.explanation?.values.last == 0)
    }

    // MARK: A catalogue that moves on

    @Test func itemsThatAreGoneSinceTheIndexWasMadeAreLeftOut() {
        let shop = SmallShop()
        let later = shop.table(without: ["i0", "i17"])
        let (table, items) = found(popular { _ in }, in: shop, table: later)
        #expect(
            Set(items.rows.map { table.id(at: Int($0.row)) })
                == numbers { $0 != 0 && $0 != 17 })
    }

    @Test func anItemThatChangedIsHeldAgainstTheRulesAgain() {
        let shop = SmallShop()
        var changed = shop
        changed.items[1].brand = "even"
        var odd = ItemFilter()
        odd.brands = ["odd"]
        let (table, items) = found(
            popular { $0.filters = [odd] }, in: shop, table: changed.table())
        #expect(
            Set(items.rows.map { table.id(at: Int($0.row)) })
                == numbers { $0 % 2 == 1 && $0 != 1 })
    }

    // MARK: Order

    @Test func theListIsBoundedAndDiversityReordersIt() {
        let plain = found(popular { _ in }, maxCount: 7).items
        #expect(plain.rows.count == 7)
        let logits = found(popular { _ in }).items.rows.map(\.logit)
        #expect(logits == logits.sorted(by: >))
        let diverse = found(popular { _ in }, diversity: 0.9).items
        #expect(Set(diverse.rows.map(\.row)).count == 40)
        let texts = diverse.rows.prefix(5).map { $0.row / 4 }
        #expect(Set(texts).count == 5)
    }

    @Test func aLargeCatalogueIsSearchedInPieces() {
        let count = 100_000
        let table = ItemTable(
            items: (0..<count).map { Item(id: "\($0)", brand: $0 % 1_000 == 0 ? "rare" : "") },
            vectors: Int8VectorTable(
                dimension: 1, values: (0..<count).map { Int8($0 % 127) },
                scales: (0..<count).map { _ in 0.01 }),
            vectorRows: (0..<Int32(count)).map { $0 }, popularity: (0..<count).map { _ in 0 })
        var rare = ItemFilter()
        rare.brands = ["rare"]
        var profile = Profile()
        profile.interest = Int8Vector(values: [1], scale: 1)
        var rules = ItemRules()
        rules.filters = [rare]
        var job = RecommendationJob(
            RecommendationOrder(
                query: CandidateQuery(sources: .user, rules: rules), maxCount: 1_000, diversity: 0,
                explain: 0),
            for: Subject(profile: profile),
            index: CandidateIndex(table: table, behaviour: .empty), table: table, ranker: Ranker())
        var pieces = 0
        while !job.isDone {
            job.advance()
            pieces += 1
        }
        // Seven of rules, seven of vectors, and what follows.
        #expect(pieces >= 14)
        #expect(job.finish().rows.count == 100)
    }
}
