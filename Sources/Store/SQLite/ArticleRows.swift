internal import Base
internal import GRDB
internal import Inference

/// Writes the tables of help articles.
final class ArticleRows {
    private let find: SQLStatement
    private let upsert: SQLStatement
    private let textsOf: SQLStatement
    private let deleteTexts: SQLStatement
    private let insertText: SQLStatement
    private let deleteArticle: SQLStatement

    init(_ database: Database) throws(Fault) {
        find = try SQLStatement(
            database,
            "SELECT article, title, body, url, labels, id FROM articles WHERE article = ?")
        upsert = try SQLStatement(
            database,
            """
            INSERT INTO articles (article, title, body, url, labels) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (article) DO UPDATE SET title = excluded.title, body = excluded.body,
            url = excluded.url, labels = excluded.labels RETURNING id
            """)
        textsOf = try SQLStatement(
            database, "SELECT text FROM article_texts WHERE article = ? ORDER BY position")
        deleteTexts = try SQLStatement(database, "DELETE FROM article_texts WHERE article = ?")
        insertText = try SQLStatement(
            database, "INSERT INTO article_texts (article, position, text) VALUES (?, ?, ?)")
        deleteArticle = try SQLStatement(database, "DELETE FROM articles WHERE id = ?")
    }

    /// Whether anything changed, be it only how the body is cut.
    func replace(_ article: Article, texts: [Int64?]) throws(Fault) -> Bool {
        if let known = try row(of: article.id), known.article == article,
            try self.texts(of: known.row) == texts
        {
            return false
        }
        try upsert.bind(text: article.id, at: 1)
        try upsert.bind(text: article.title, at: 2)
        try upsert.bind(text: article.body, at: 3)
        try upsert.bind(text: article.url, at: 4)
        try upsert.bind(text: article.labels.joined(separator: ","), at: 5)
        guard try upsert.step() else {
            throw Fault(.internal, reason: "STORE_FAILURE", "an article got no row")
        }
        let id = upsert.int64(0)
        upsert.reset()
        try deleteTexts.bind(id, at: 1)
        try deleteTexts.run()
        for (position, text) in texts.enumerated() {
            try insertText.bind(id, at: 1)
            try insertText.bind(Int64(position), at: 2)
            try insertText.bind(text, at: 3)
            try insertText.run()
        }
        return true
    }

    /// Whether there was one.
    func delete(_ id: String) throws(Fault) -> Bool {
        guard let known = try row(of: id) else { return false }
        for statement in [deleteTexts, deleteArticle] {
            try statement.bind(known.row, at: 1)
            try statement.run()
        }
        return true
    }

    private func texts(of row: Int64) throws(Fault) -> [Int64?] {
        try textsOf.bind(row, at: 1)
        var texts: [Int64?] = []
        while try textsOf.step() { texts.append(textsOf.int64(0)) }
        return texts
    }

    private func row(of id: String) throws(Fault) -> (row: Int64, article: Article)? {
        try find.bind(text: id, at: 1)
        guard try find.step() else { return nil }
        defer { find.reset() }
        return (find.int64(5), Article(find))
    }
}

/// All help articles as they are stored, in the order of their identifiers' bytes.
struct StoredArticles {
    private var articles: [Article] = []
    /// For each article the ids of its texts.
    private(set) var texts: [[Int64]] = []

    init(_ database: Database) throws(Fault) {
        let select = try SQLStatement(
            database,
            """
            SELECT articles.article, title, body, url, labels, text
            FROM articles JOIN article_texts ON article_texts.article = articles.id
            ORDER BY articles.article, position
            """)
        while try select.step() {
            if articles.last?.id != select.text(0) {
                articles.append(Article(select))
                texts.append([])
            }
            texts[texts.count - 1].append(select.int64(5))
        }
    }

    /// An article that was cut otherwise, or whose texts wait for their vectors, stops the load: its
    /// answers would be wrong in silence.
    func table(_ vectors: TextVectors) throws(Fault) -> ArticleTable {
        var rows: [[Int8Vector]] = []
        for (article, texts) in zip(articles, texts) {
            let places = texts.map(vectors.row(ofText:))
            guard texts.count == article.encoderTexts.count, places.allSatisfy({ $0 >= 0 }) else {
                throw Fault(
                    .failedPrecondition, reason: "STORE_INCOMPLETE",
                    "article \(article.id) has not the vectors it should: import the articles again"
                )
            }
            rows.append(places.map { vectors.vectors.table.row(Int($0)) })
        }
        return ArticleTable(
            articles: articles, vectors: rows, dimension: vectors.vectors.table.dimension)
    }
}

extension Article {
    /// Columns article, title, body, url, labels.
    fileprivate init(_ row: SQLStatement) {
        self.init(
            id: row.text(0), title: row.text(1), body: row.text(2), url: row.text(3),
            labels: row.text(4).split(separator: ",").map(String.init))
    }
}
