public import Base
internal import GRDB
internal import Inference

/// Reads a store's catalogue into the columns that ranking works on. Vectors come from the segment
/// beside the store where it has them; one that is missing, damaged or lacks many is made anew.
public struct SQLiteCatalog {
    private let store: SQLiteStore

    public init(store: SQLiteStore) { self.store = store }

    /// Of the vector segment.
    public static func segmentPath(forStore path: String) -> String { path + ".vectors" }

    /// All of it, as of one moment.
    /// - Parameters:
    ///   - bundleVersion: what the caller encodes its own texts with; a store whose texts were
    ///     encoded by another bundle is refused. Nil to take any.
    ///   - report: told why the segment was made anew, or cannot be.
    public func load(
        bundleVersion: String?, report: (String) -> Void = { _ in }
    ) throws(Fault) -> Catalog {
        try store.read { database throws(Fault) in
            guard let encoder = try StoreSettings.encoder(database) else { return .empty }
            if let bundleVersion { try StoreSettings.requireSame(encoder, bundle: bundleVersion) }
            let items = try ItemRows(database)
            let ads = try AdRows(database)
            let intents = try IntentRows(database)
            let articles = try StoredArticles(database)
            let texts = try TextVectors(
                database, dimension: encoder.dimension,
                texts: Set(items.texts + ads.texts + intents.texts + articles.texts.joined()),
                segmentPath: Self.segmentPath(forStore: store.path), report: report)
            return try Self.assemble(
                items, ads, intents, articles, texts,
                version: StoreSettings.catalogVersion(database))
        }
    }

    /// Version of the bundle that made the store's vectors, and their dimension; nil before the first.
    public func encoder() throws(Fault) -> (bundleVersion: String, dimension: Int)? {
        try store.read { try StoreSettings.encoder($0) }
    }

    private static func assemble(
        _ items: ItemRows, _ ads: AdRows, _ intents: IntentRows, _ articles: StoredArticles,
        _ texts: TextVectors, version: Int64
    ) throws(Fault) -> Catalog {
        let creatives = ads.ads.map(\.creative)
        var categories = NameDictionary(items.items.lazy.map(\.category))
        var brands = NameDictionary(items.items.lazy.map(\.brand))
        for creative in creatives {
            _ = categories.add(creative.category)
            _ = brands.add(creative.brand)
        }
        return Catalog(
            items: ItemTable(
                items: items.items, vectors: texts.vectors.table,
                vectorRows: items.texts.map(texts.row),
                popularity: ItemTable.popularity(ofPurchases: items.purchases),
                categories: categories, brands: brands),
            ads: AdTable(
                ads: ads.ads,
                creatives: ItemTable(
                    items: creatives, vectors: texts.vectors.table,
                    vectorRows: ads.texts.map(texts.row),
                    popularity: [Float](repeating: 0, count: creatives.count),
                    categories: categories, brands: brands)),
            intents: try intentTable(intents, texts), articles: try articles.table(texts),
            vectors: texts.vectors, version: version)
    }

    /// An example without its vector yet stops the load, as an intent judged by half its examples
    /// would answer wrongly in silence.
    private static func intentTable(
        _ intents: IntentRows, _ texts: TextVectors
    ) throws(Fault) -> IntentTable {
        var rows: [Int8Vector] = []
        for (text, name) in zip(intents.texts, intents.names) {
            let row = texts.row(ofText: text)
            guard row >= 0 else {
                throw Fault(
                    .failedPrecondition, reason: "STORE_INCOMPLETE",
                    "an example of intent \(name) has no vector: import the intents again")
            }
            rows.append(texts.vectors.table.row(Int(row)))
        }
        return IntentTable(
            definitions: intents.definitions,
            exampleVectors: Int8VectorTable(
                dimension: texts.vectors.table.dimension, rows: rows))
    }
}

private struct ItemRows {
    var items: [Item] = []
    /// Id of the item's text; 0 for none.
    var texts: [Int64] = []
    var purchases: [Int64] = []

    init(_ database: Database) throws(Fault) {
        let select = try SQLStatement(
            database,
            """
            SELECT item, title, description, category, brand, price_micros, currency, attributes,
            text, purchases FROM items ORDER BY id
            """)
        while try select.step() {
            items.append(try Item(select, from: 0))
            texts.append(select.int64(8))
            purchases.append(select.int64(9))
        }
    }
}

private struct AdRows {
    var ads: [Ad] = []
    /// Id of the creative's text; 0 for none.
    var texts: [Int64] = []

    init(_ database: Database) throws(Fault) {
        let select = try SQLStatement(
            database,
            """
            SELECT ad, title, description, category, brand, price_micros, currency, attributes,
            text, campaign, bid_micros, bid_currency, start_ns, end_ns, delivery FROM ads ORDER BY id
            """)
        while try select.step() {
            let creative = try Item(select, from: 0)
            ads.append(
                Ad(
                    id: creative.id, campaignId: select.text(9), creative: creative,
                    bid: Money(micros: select.int64(10), currencyCode: select.text(11)),
                    startUnixNanoseconds: select.isNull(12) ? nil : select.int64(12),
                    endUnixNanoseconds: select.isNull(13) ? nil : select.int64(13),
                    delivery: try AdDelivery(stored: select.text(14))))
            texts.append(select.int64(8))
        }
    }
}

private struct IntentRows {
    var definitions: [IntentDefinition] = []
    /// Id of each example's text and the intent's name, those of the first definition first.
    var texts: [Int64] = []
    var names: [String] = []

    init(_ database: Database) throws(Fault) {
        let select = try SQLStatement(
            database,
            """
            SELECT intents.intent, answer, example, text
            FROM intents JOIN intent_examples ON intent_examples.intent = intents.id
            ORDER BY intents.intent, position
            """)
        while try select.step() {
            let name = select.text(0)
            if definitions.last?.name != name {
                definitions.append(
                    IntentDefinition(name: name, examples: [], answer: select.text(1)))
            }
            definitions[definitions.count - 1].examples.append(select.text(2))
            texts.append(select.int64(3))
            names.append(name)
        }
    }
}

extension Item {
    /// Columns id, title, description, category, brand, price, currency, attributes from `column`.
    fileprivate init(_ row: SQLStatement, from column: Int32) throws(Fault) {
        self.init(
            id: row.text(column), title: row.text(column + 1), description: row.text(column + 2),
            category: row.text(column + 3), brand: row.text(column + 4),
            price: Money.stored(micros: row.int64(column + 5), currency: row.text(column + 6)),
            attributes: try AttributeCodec.decode(row.blob(column + 7)))
    }
}

extension Money {
    /// An absent amount is stored with the currency "".
    static func stored(micros: Int64, currency: String) -> Money? {
        currency.isEmpty ? nil : Money(micros: micros, currencyCode: currency)
    }
}
