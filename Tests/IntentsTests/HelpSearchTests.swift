import Inference
import Intents
import Store
import Testing

@Suite struct HelpSearchTests {
    private static func unit(_ components: Float...) -> Int8Vector {
        let length = components.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return Int8Vector(quantizing: components.map { $0 / length })
    }

    /// Two articles: of one passage and two sentences each.
    private static let search = HelpSearch(
        ArticleTable(
            articles: [
                Article(
                    id: "tea", title: "Tea", body: "Let the water boil first. Wait three minutes.",
                    url: "https://shop/tea", labels: ["food"]),
                Article(id: "wool", title: "Wool", body: "Use cold water only. Dry it lying flat."),
            ],
            vectors: [
                [unit(1, 0, 0), unit(1, 0.5, 0), unit(1, 0, 0.5)],
                [unit(0, 1, 0), unit(0, 1, 0.2), unit(0.5, 1, 0)],
            ], dimension: 3))

    @Test func theNearestPassageComesFirstWithItsBestSentence() {
        let found = Self.search.passages(for: Self.unit(1, 0.1, 0.5))
        #expect(found.first?.article.id == "tea")
        let best = Array((found.first?.text ?? "").utf8)[found.first?.bestSentence ?? 0..<0]
        #expect(String(decoding: best, as: UTF8.self) == "Wait three minutes.")
        #expect(found.map(\.score) == found.map(\.score).sorted(by: >))
        #expect(found.allSatisfy { $0.score >= HelpSearch.floor })
    }

    @Test func whatIsFarFromAllIsOfferedNothing() {
        #expect(Self.search.passages(for: Self.unit(0, 0, -1)).isEmpty)
        #expect(HelpSearch(.empty).passages(for: Self.unit(1, 0, 0)).isEmpty)
    }

    @Test func anArticleIsOfferedOnce() {
        let passages = (0..<5).map {
            "Passage number \($0) of this article is long enough to stand "
                + "alone and says something."
        }
        let article = Article(id: "a", title: "A", body: passages.joined(separator: "\n\n"))
        let search = HelpSearch(
            ArticleTable(
                articles: [article],
                vectors: [article.encoderTexts.map { _ in Self.unit(1, 0, 0) }], dimension: 3))
        #expect(article.passages.count == 5)
        #expect(search.passages(for: Self.unit(1, 0, 0)).map(\.article.id) == ["a"])
    }
}
