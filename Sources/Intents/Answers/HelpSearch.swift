// What the shop's help articles say to a question that no intent covers. A passage is as near as the
// mean of two cosines says: that of the question to the passage below its title, and to the best of
// its sentences alone. The first finds what it is about, the second whether it answers.

internal import Base
public import Inference
private import Ranking
public import Store

/// A passage that may answer a question.
public struct HelpPassage: Sendable, Equatable {
    public let article: Article
    public let text: String
    /// -1 to 1.
    public let score: Float
    /// In `text`, in UTF-8 bytes.
    public let bestSentence: Range<Int>
}

public struct HelpSearch: Sendable {
    /// A passage below it is not offered. By all-MiniLM-L6-v2 and the project's own articles, of 37
    /// questions that only they answer 34 then get the right article first, and none of 40 others is
    /// offered anything (Benchmarks/intents/articles.py); of CLINC150's 100 out-of-scope validation
    /// queries 4 are. At 0.45 it is 29, none and none.
    public static let floor: Float = 0.35
    public static let maxPassages = 3
    /// Passages whose sentences are looked at.
    private static let candidateCount = 12

    private let table: ArticleTable

    public init(_ table: ArticleTable) { self.table = table }

    /// Best first, one an article; none where nothing is near enough.
    public func passages(for vector: Int8Vector) -> [HelpPassage] {
        if table.passages.isEmpty { return [] }
        let similarities = table.passageVectors.dots(vector)
        var candidates = TopK(capacity: Self.candidateCount)
        for (row, dot) in similarities.enumerated() {
            candidates.offer(key: TopK.key(PrototypeScores.cosine(dot)), index: Int32(row))
        }
        let nearest = candidates.sorted().map { entry in
            let row = Int(entry.index)
            return score(row, PrototypeScores.cosine(similarities[row]), vector)
        }
        var found: [Scored] = []
        for passage in nearest.sorted(by: { $0.score > $1.score }) {
            guard passage.score >= Self.floor, found.count < Self.maxPassages else { break }
            let article = table.passages[passage.row].article
            if !found.contains(where: { table.passages[$0.row].article == article }) {
                found.append(passage)
            }
        }
        return found.map(passage)
    }

    private struct Scored {
        var row: Int
        var score: Float
        var bestSentence: Int
    }

    private func score(_ row: Int, _ similarity: Float, _ vector: Int8Vector) -> Scored {
        let cosines = table.passages[row].sentenceRows.map {
            PrototypeScores.cosine(table.sentenceVectors.dot(vector, row: $0))
        }
        let best = cosines.indices.max { cosines[$0] < cosines[$1] } ?? 0
        return Scored(row: row, score: (similarity + cosines[best]) / 2, bestSentence: best)
    }

    private func passage(_ scored: Scored) -> HelpPassage {
        let passage = table.passages[scored.row]
        let article = table.articles[passage.article]
        let whole = passage.cut.range
        let sentence = passage.cut.sentences[scored.bestSentence]
        return HelpPassage(
            article: article,
            text: String(decoding: Array(article.body.utf8)[whole], as: UTF8.self),
            score: scored.score,
            bestSentence: sentence.lowerBound - whole.lowerBound..<sentence.upperBound
                - whole.lowerBound)
    }
}
