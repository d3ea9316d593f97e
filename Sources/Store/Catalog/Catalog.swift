/// Everything there is to rank, at one moment. Held in a `Snapshot` and replaced as a whole; a
/// request reads it once.
public final class Catalog: Sendable {
    public let items: ItemTable
    public let ads: AdTable
    public let intents: IntentTable
    public let articles: ArticleTable
    /// The vectors of all their texts.
    public let vectors: CatalogVectors
    /// Of the store's catalogue, when this was read from it.
    let version: Int64
    /// Changes since all of it was read.
    let changeCount: Int

    public init(
        items: ItemTable, ads: AdTable, intents: IntentTable, articles: ArticleTable = .empty,
        vectors: CatalogVectors = .empty, version: Int64 = 0, changeCount: Int = 0
    ) {
        self.items = items
        self.ads = ads
        self.intents = intents
        self.articles = articles
        self.vectors = vectors
        self.version = version
        self.changeCount = changeCount
    }

    public static let empty = Catalog(items: .empty, ads: .empty, intents: .empty)

    /// Entries whose identifiers come after one in the order of their bytes, at most `limit`. The
    /// first call of a kind sorts: not on a loop.
    public func entries(
        of kind: CatalogKind, after id: String, limit: Int
    ) -> [CatalogEntry] {
        switch kind {
        case .item: items.rows(after: id, limit: limit).map { .item(items.item(at: $0)) }
        case .ad: ads.creatives.rows(after: id, limit: limit).map { .ad(ads.ad(at: $0)) }
        case .intent: intents.definitions(after: id, limit: limit).map { .intent($0) }
        case .article: articles.articles(after: id, limit: limit).map { .article($0) }
        }
    }

    public func entry(of kind: CatalogKind, id: String) -> CatalogEntry? {
        switch kind {
        case .item: items.row(of: id).map { .item(items.item(at: $0)) }
        case .ad: ads.row(of: id).map { .ad(ads.ad(at: $0)) }
        case .intent: intents.row(of: id).map { .intent(intents.definitions[$0]) }
        case .article: articles.row(of: id).map { .article(articles.articles[$0]) }
        }
    }

    public func count(of kind: CatalogKind) -> Int {
        switch kind {
        case .item: items.count
        case .ad: ads.count
        case .intent: intents.count
        case .article: articles.count
        }
    }
}
