import Base
import Inference
import Testing

@testable import Store

@Suite struct ArticleTests {
    /// Each passage as its sentences with bars between them.
    private static func cut(_ body: String) -> [String] {
        let bytes = Array(body.utf8)
        return ArticlePassage.cut(body).map { passage in
            passage.sentences.map { String(decoding: bytes[$0], as: UTF8.self) }
                .joined(separator: "|")
        }
    }

    @Test(arguments: [
        (
            "Wash it at 30 degrees. Dry it lying flat!",
            ["Wash it at 30 degrees.|Dry it lying flat!"]
        ),
        // Neither an abbreviation nor a number ends a sentence, and a short one goes with the next.
        (
            "Use a soft detergent, e.g. one for wool. It costs 3.50 euros.",
            ["Use a soft detergent, e.g. one for wool.|It costs 3.50 euros."]
        ),
        ("Yes. You may send it back for free.", ["Yes. You may send it back for free."]),
        // Lines are sentences.
        ("First empty the tray\nthen fill the tank", ["First empty the tray|then fill the tank"]),
        // A heading stays with what follows it.
        ("Cleaning\n\nRinse the filter every week.", ["Cleaning|Rinse the filter every week."]),
        ("衣服可以机洗吗？可以，水温不超过三十度。", ["衣服可以机洗吗？|可以，水温不超过三十度。"]),
        (" \n\n ", []),
    ])
    func bodiesAreCutAtSentences(body: String, passages: [String]) {
        #expect(Self.cut(body) == passages)
    }

    @Test func paragraphsAndLengthEndPassages() {
        let sentence = "This sentence has just about sixty bytes, the last included. "
        let paragraph = String(repeating: sentence, count: 2)
        #expect(Self.cut(paragraph + "\n\n" + paragraph).count == 2)
        let long = ArticlePassage.cut(String(repeating: sentence, count: 40))
        #expect(long.count == 5)
        #expect(long.allSatisfy { $0.range.count <= 600 })
        // What has neither full stops nor blanks is cut all the same, between characters.
        let endless = String(repeating: "ä", count: 2_000)
        #expect(Self.cut(endless).joined() == endless)
        #expect(Self.cut(endless).allSatisfy { $0.utf8.count <= 600 })
    }

    @Test func nothingOfABodyIsLost() {
        var random = SeededRandom(seed: 11)
        let pieces = ["word", " ", ".", "! ", "\n", "\n\n", "ß", "。", "3.5", "a. B", "\u{1F600}"]
        for _ in 0..<200 {
            let body = (0..<Int.random(in: 0...300, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }.joined()
            let sentences = ArticlePassage.cut(body).flatMap(\.sentences)
            let bytes = Array(body.utf8)
            let kept = sentences.flatMap { bytes[$0] }.filter { $0 > 0x20 }
            #expect(kept == bytes.filter { $0 > 0x20 })
            #expect(
                zip(sentences, sentences.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound })
        }
    }

    @Test func articlesAreImportedReplacedAndRefused() throws {
        let test = try TestStore()
        let text = """
            article,title,body,url,labels,author
            wool,Washing wool,"Use cold water only.

            Dry it flat.",https://shop/wool,"care, clothing",Ann
            tea,Tea,Let it stand for a while.,,,
            empty,Nothing, ,,,
            untitled,,Something,,,

            """
        let summary = try test.articles(text)
        #expect(summary.stored == 2 && summary.rejected == 2)
        #expect(summary.firstRejections.map(\.reason) == ["body: missing", "title: missing"])
        #expect(try test.articles(text).stored == 0)
        var table = try test.catalog().articles
        #expect(table.articles.map(\.id) == ["tea", "wool"])
        #expect(table.articles[1].labels == ["care", "clothing"])
        #expect(table.passages.map(\.article) == [0, 1])
        #expect(table.passages[1].sentenceRows == 1..<3)
        #expect(table.sentenceVectors.rowCount == 3)
        try test.articles(
            #"{"article": "wool", "title": "Washing wool", "body": "By hand."}"#,
            name: "articles.jsonl")
        table = try test.catalog().articles
        #expect(table.articles.map(\.body) == ["Let it stand for a while.", "By hand."])
        #expect(table.sentenceVectors.rowCount == 2)
    }
}
