public import Base
internal import GRDB
internal import Inference

/// Reads a store's catalogue into the columns that ranking works on.
public struct SQLiteCatalog {
    private let store: SQLiteStore

    public init(store: SQLiteStore) { self.store = store }

    /// All of it, as of one moment.
    /// - Parameter bundleVersion: what the caller encodes its own texts with; a store whose texts
    ///   were encoded by another bundle is refused. Nil to take any.
    public func load(bundleVersion: String?) throws(Fault) -> Catalog {
        try store.read { database throws(Fault) in
            guard let encoder = try StoreSettings.encoder(database) else { return .empty }
            if let bundleVersion { try StoreSettings.requireSame(encoder, bundle: bundleVersion) }
            let vectors = try CatalogVectors(database, dimension: encoder.dimension)
            return try Self.assemble(database, vectors: vectors, dimension: encoder.dimension)
        }
    }

    private static func assemble(
        _ database: Database, vectors: CatalogVectors, dimension: Int
    ) throws(Fault) -> Catalog {
        let items = try ItemRows(database, vectors: vectors)
        let ads = try AdRows(database, vectors: vectors)
        let creatives = ads.ads.map(\.creative)
        let categories = NameDictionary((items.items + creatives).lazy.map(\.category))
        let brands = NameDictionary((items.items + creatives).lazy.map(\.brand))
        return Catalog(
            items: ItemTable(
                items: items.items, vectors: vectors.table, vectorRows: items.vectorRows,
                popularity: ItemTable.popularity(ofPurchases: items.purchases),
                categories: categories, brands: brands),
            ads: AdTable(
                ads: ads.ads,
                creatives: ItemTable(
                    items: creatives, vectors: vectors.table, vectorRows: ads.vectorRows,
                    popularity: [Float](repeating: 0, count: creatives.count),
                    categories: categories, brands: brands)),
            intents: try intents(database, dimension: dimension))
    }

    /// Intents in order of their names; an example without its vector yet stops the load, as an
    /// intent judged by half its examples would answer wrongly in silence.
    private static func intents(_ database: Database, dimension: Int) throws(Fault) -> IntentTable {
        let select = try SQLStatement(
            database,
            """
            SELECT intents.intent, answer, example, scale, vector
            FROM intents JOIN intent_examples ON intent_examples.intent = intents.id
            JOIN texts ON texts.id = intent_examples.text
            ORDER BY intents.intent, position
            """)
        var definitions: [IntentDefinition] = []
        var values: [Int8] = []
        var scales: [Float] = []
        while try select.step() {
            let name = select.text(0)
            if definitions.last?.name != name {
                definitions.append(
                    IntentDefinition(name: name, examples: [], answer: select.text(1)))
            }
            definitions[definitions.count - 1].examples.append(select.text(2))
            guard select.appendSigned(4, count: dimension, to: &values) else {
                throw Fault(
                    .failedPrecondition, reason: "STORE_INCOMPLETE",
                    "an example of intent \(name) has no vector: import the intents again")
            }
            scales.append(Float(select.double(3)))
        }
        return IntentTable(
            definitions: definitions,
            exampleVectors: Int8VectorTable(dimension: dimension, values: values, scales: scales))
    }
}

/// The vectors that items and ads name, and where in the table they went.
private struct CatalogVectors {
    let table: Int8VectorTable
    private let rows: [Int64: Int32]

    init(_ database: Database, dimension: Int) throws(Fault) {
        let select = try SQLStatement(
            database,
            """
            SELECT id, scale, vector FROM texts WHERE vector IS NOT NULL
            AND id IN (SELECT text FROM items UNION SELECT text FROM ads) ORDER BY id
            """)
        var rows: [Int64: Int32] = [:]
        var values: [Int8] = []
        var scales: [Float] = []
        while try select.step() {
            guard select.appendSigned(2, count: dimension, to: &values) else {
                throw Fault(
                    .dataLoss, reason: "STORE_CORRUPT",
                    "the store is damaged: vector \(select.int64(0)) has a wrong size")
            }
            rows[select.int64(0)] = Int32(scales.count)
            scales.append(Float(select.double(1)))
        }
        table = Int8VectorTable(dimension: dimension, values: values, scales: scales)
        self.rows = rows
    }

    /// -1 for no text, or one whose vector is not there yet.
    func row(ofText id: Int64) -> Int32 { rows[id] ?? -1 }
}

private struct ItemRows {
    var items: [Item] = []
    var vectorRows: [Int32] = []
    var purchases: [Int64] = []

    init(_ database: Database, vectors: CatalogVectors) throws(Fault) {
        let select = try SQLStatement(
            database,
            """
            SELECT item, title, description, category, brand, price_micros, currency, attributes,
            text, purchases FROM items ORDER BY id
            """)
        while try select.step() {
            items.append(try Item(select, from: 0))
            vectorRows.append(vectors.row(ofText: select.int64(8)))
            purchases.append(select.int64(9))
        }
    }
}

private struct AdRows {
    var ads: [Ad] = []
    var vectorRows: [Int32] = []

    init(_ database: Database, vectors: CatalogVectors) throws(Fault) {
        let select = try SQLStatement(
            database,
            """
            SELECT ad, title, description, category, brand, price_micros, currency, attributes,
            text, campaign, bid_micros, bid_currency, start_ns, end_ns FROM ads ORDER BY id
            """)
        while try select.step() {
            let creative = try Item(select, from: 0)
            ads.append(
                Ad(
                    id: creative.id, campaignId: select.text(9), creative: creative,
                    bid: Money(micros: select.int64(10), currencyCode: select.text(11)),
                    startUnixNanoseconds: select.isNull(12) ? nil : select.int64(12),
                    endUnixNanoseconds: select.isNull(13) ? nil : select.int64(13)))
            vectorRows.append(vectors.row(ofText: select.int64(8)))
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
