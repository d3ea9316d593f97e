import Inference
import Store
import Testing

@testable import Ranking

@Suite struct LexicalIndexTests {
    private func index(_ items: [Item]) -> LexicalIndex {
        LexicalIndex(
            ItemTable(
                items: items, vectors: Int8VectorTable(dimension: 0, rows: []),
                vectorRows: items.map { _ in -1 }, popularity: items.map { _ in 0 }))
    }

    /// Titles of the matches, best first.
    private func found(_ items: [Item], _ query: String) -> [String] {
        let matches = index(items).matches(query)
        return matches.rows.sorted { matches.scores[Int($0)] > matches.scores[Int($1)] }
            .map { items[Int($0)].title }
    }

    private let shop = [
        Item(id: "1", title: "Ground coffee, 12 oz", category: "Grocery > Coffee", brand: "acme"),
        Item(id: "2", title: "Ground coffee, 36 oz", category: "Grocery > Coffee"),
        Item(id: "3", title: "Coffee filters", category: "Kitchen"),
        Item(id: "4", title: "Ground beef", category: "Meat"),
        Item(id: "5", title: "Garden hose", description: "Twelve metres", category: "Garden"),
    ]

    @Test func moreAndRarerWordsComeFirst() {
        // "ground" is in fewer items than "coffee"; the second coffee has no brand to be longer by.
        #expect(
            found(shop, "ground coffee") == [
                "Ground coffee, 36 oz", "Ground coffee, 12 oz", "Ground beef", "Coffee filters",
            ])
        #expect(found(shop, "hose") == ["Garden hose"])
        #expect(found(shop, "tractor").isEmpty)
    }

    @Test func aSizeIsMatchedExactly() {
        #expect(found(shop, "coffee 36 ounces").first == "Ground coffee, 36 oz")
        #expect(found(shop, "12oz") == ["Ground coffee, 12 oz"])
    }

    @Test func brandsAndDescriptionsAreRead() {
        #expect(found(shop, "ACME") == ["Ground coffee, 12 oz"])
        #expect(found(shop, "metres") == ["Garden hose"])
    }

    @Test func scoresAreSharesOfTheMostThereCouldBe() {
        let matches = index(shop).matches("ground coffee 12 oz unheard-of words")
        #expect(matches.rows.count == 4)
        #expect(matches.scores.allSatisfy { $0 >= 0 && $0 < 1 })
        let twice = index(shop).matches("ground ground coffee")
        #expect(twice.scores == index(shop).matches("ground coffee").scores)
    }

    @Test func functionWordsOfAQueryDoNotCount() {
        let items = shop + [Item(id: "6", title: "Something for the garden")]
        #expect(found(items, "a coffee for the kitchen").last != "Something for the garden")
        #expect(!found(items, "for a hose").contains("Something for the garden"))
        // Unless there is nothing else.
        #expect(found(items, "for the") == ["Something for the garden"])
    }
}
