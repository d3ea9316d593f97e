public import Inference

/// Help articles in the order of their identifiers' bytes, with the vectors of their passages and
/// sentences. Immutable.
public final class ArticleTable: Sendable {
    /// A passage and where it and its sentences have their vectors.
    public struct Passage: Sendable {
        public let article: Int
        public let cut: ArticlePassage
        /// Rows of `sentenceVectors`.
        public let sentenceRows: Range<Int>
    }

    public let articles: [Article]
    /// A row of `passageVectors` each: those of the first article first.
    public let passages: [Passage]
    public let passageVectors: Int8VectorTable
    public let sentenceVectors: Int8VectorTable
    private let vectors: [[Int8Vector]]

    /// - Parameter vectors: for each article one of each of its `encoderTexts`.
    public init(articles: [Article], vectors: [[Int8Vector]], dimension: Int) {
        precondition(articles.count == vectors.count, "vectors for each article")
        var passages: [Passage] = []
        var (ofPassages, ofSentences): ([Int8Vector], [Int8Vector]) = ([], [])
        for (index, article) in articles.enumerated() {
            let cuts = article.passages
            var row = ofSentences.count
            for cut in cuts {
                let rows = row..<row + cut.sentences.count
                passages.append(Passage(article: index, cut: cut, sentenceRows: rows))
                row = rows.upperBound
            }
            ofPassages += vectors[index].prefix(cuts.count)
            ofSentences += vectors[index].dropFirst(cuts.count)
            precondition(ofSentences.count == row, "a vector for each passage and sentence")
        }
        self.articles = articles
        self.vectors = vectors
        self.passages = passages
        passageVectors = Int8VectorTable(dimension: dimension, rows: ofPassages)
        sentenceVectors = Int8VectorTable(dimension: dimension, rows: ofSentences)
    }

    public static let empty = ArticleTable(articles: [], vectors: [], dimension: 0)

    public var count: Int { articles.count }

    public func row(of id: String) -> Int? {
        let row = SortedIds.position(of: id, count: count) { articles[$0].id }
        return row < count && articles[row].id == id ? row : nil
    }

    /// Those whose identifiers come after one, at most `limit`.
    public func articles(after id: String, limit: Int) -> [Article] {
        let row = SortedIds.position(of: id, count: count) { articles[$0].id }
        let start = row < count && articles[row].id == id ? row + 1 : row
        return Array(articles[start...].prefix(limit))
    }

    /// For each article its vectors, as `init` took them.
    var entries: [String: (article: Article, vectors: [Int8Vector])] {
        Dictionary(uniqueKeysWithValues: zip(articles, vectors).map { ($0.id, ($0, $1)) })
    }
}
