internal import Base
internal import GRDB

/// `article,title,body[,url,labels]`: adds help articles and replaces those that differ. Their passages
/// get rows at once and vectors later.
final class ArticleHandler: RowHandler {
    static let requiredColumns = ["article", "title", "body"]

    private let limits: Limits
    private let writer: CatalogWriter
    private var columns: ArticleColumns

    init(_ database: Database, bundleVersion: String, limits: Limits) throws(Fault) {
        self.limits = limits
        writer = try CatalogWriter(database, bundleVersion: bundleVersion)
        columns = ArticleColumns([], limits: limits)
    }

    func bind(columns names: [String]) { columns = ArticleColumns(names, limits: limits) }

    func take(_ row: Row) throws -> Bool {
        try writer.upsert(.article(try columns.article(row)))
    }
}

/// The columns of an article. Others, such as an author, are passed over.
struct ArticleColumns {
    private static let names = ["article", "title", "body", "url", "labels"]

    private let limits: Limits
    private let positions: [Int]

    init(_ columns: [String], limits: Limits) {
        self.limits = limits
        let map = ColumnMap(columns, known: Set(Self.names), limits: limits)
        positions = Self.names.map(map.position)
    }

    func article(_ row: Row) throws(RowRejection) -> Article {
        try row.checkId(positions[0], "article", limits)
        let title = try row.name(positions[1], "title", maxBytes: limits.maxAttributeBytes)
        let body = try row.name(positions[2], "body", maxBytes: limits.maxTextBytes)
        if title.trimmed.isEmpty { throw RowRejection("title: missing") }
        let labels = try row.name(positions[4], "labels", maxBytes: limits.maxAttributeBytes)
        let article = Article(
            id: row.text(positions[0]), title: title, body: body,
            url: try row.name(positions[3], "url", maxBytes: limits.maxAttributeBytes),
            labels: labels.split(separator: ",").map(\.trimmed).filter { !$0.isEmpty })
        if article.passages.isEmpty { throw RowRejection("body: missing") }
        return article
    }
}
