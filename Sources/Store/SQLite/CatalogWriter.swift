internal import Base
internal import GRDB
internal import Inference

/// Writes entries of the catalogue, for imports and for changes while a server runs. Used inside the
/// store's access block.
final class CatalogWriter {
    private let texts: TextTable
    private let upsertItem: SQLStatement
    private let upsertAd: SQLStatement
    private let intents: IntentRows
    private let articles: ArticleRows
    private let deleteItem: SQLStatement
    private let deleteAd: SQLStatement

    init(_ database: Database, bundleVersion: String) throws(Fault) {
        texts = try TextTable(database, bundleVersion: bundleVersion)
        upsertItem = try SQLStatement(
            database, Self.upsert(into: "items", id: "item", Self.itemColumns))
        upsertAd = try SQLStatement(
            database, Self.upsert(into: "ads", id: "ad", Self.itemColumns + Self.adColumns))
        intents = try IntentRows(database)
        articles = try ArticleRows(database)
        deleteItem = try SQLStatement(database, "DELETE FROM items WHERE item = ?")
        deleteAd = try SQLStatement(database, "DELETE FROM ads WHERE ad = ?")
    }

    /// Adds the entry or replaces it; false, and nothing done, when it is there just so. Its texts
    /// get rows at once and vectors later.
    func upsert(_ entry: CatalogEntry) throws(Fault) -> Bool {
        try upsert(entry, rows: try textRows(of: entry))
    }

    /// The same, with the vectors that came with it; what is to be done to a catalogue that was read
    /// before, nil for nothing.
    func upsert(_ encoded: EncodedEntry) throws(Fault) -> CatalogEffect? {
        let rows = try textRows(of: encoded.entry)
        for (row, vector) in zip(rows, encoded.vectors) {
            if let row, let vector { try texts.save(vector, of: row) }
        }
        guard try upsert(encoded.entry, rows: rows) else { return nil }
        var vectors: [Int8Vector?] = []
        for row in rows {
            vectors.append(
                try row.flatMap { row throws(Fault) in
                    try texts.vector(of: row)
                })
        }
        return .upsert(encoded.entry, keys: rows.map { $0?.key }, vectors: vectors)
    }

    /// Whether there was one.
    func delete(_ kind: CatalogKind, id: String) throws(Fault) -> Bool {
        switch kind {
        case .item: try run(deleteItem, id)
        case .ad: try run(deleteAd, id)
        case .intent: try intents.delete(id)
        case .article: try articles.delete(id)
        }
    }

    /// Nil for an intent that is not there.
    func answer(ofIntent name: String) throws(Fault) -> String? {
        try intents.row(of: name)?.intent.answer
    }

    private func run(_ statement: SQLStatement, _ id: String) throws(Fault) -> Bool {
        try statement.bind(text: id, at: 1)
        return try statement.run() > 0
    }

    private func textRows(of entry: CatalogEntry) throws(Fault) -> [TextTable.Text?] {
        var rows: [TextTable.Text?] = []
        for text in entry.encoderTexts { rows.append(try texts.row(of: text)) }
        return rows
    }

    private func upsert(
        _ entry: CatalogEntry, rows: [TextTable.Text?]
    ) throws(Fault) -> Bool {
        switch entry {
        case .item(let item):
            try upsertItem.bind(item, text: rows[0]?.id)
            return try upsertItem.run() > 0
        case .ad(let ad):
            try upsertAd.bind(ad.creative, text: rows[0]?.id)
            try upsertAd.bind(text: ad.id, at: 1)
            try upsertAd.bind(text: ad.campaignId, at: 10)
            try upsertAd.bind(ad.bid.micros, at: 11)
            try upsertAd.bind(text: ad.bid.currencyCode, at: 12)
            try upsertAd.bind(ad.startUnixNanoseconds, at: 13)
            try upsertAd.bind(ad.endUnixNanoseconds, at: 14)
            try upsertAd.bind(text: ad.delivery.stored, at: 15)
            return try upsertAd.run() > 0
        case .intent(let intent):
            return try intents.replace(intent, texts: rows.map { $0?.id })
        case .article(let article):
            return try articles.replace(article, texts: rows.map { $0?.id })
        }
    }

    private static let itemColumns = [
        "title", "description", "category", "brand", "price_micros", "currency", "attributes",
        "text",
    ]
    private static let adColumns = [
        "campaign", "bid_micros", "bid_currency", "start_ns", "end_ns", "delivery",
    ]

    /// Binds the identifier and then the columns; changes no row that is so already.
    private static func upsert(into table: String, id: String, _ columns: [String]) -> String {
        func list(_ format: (String) -> String) -> String {
            columns.map(format).joined(separator: ", ")
        }
        return """
            INSERT INTO \(table) (\(id), \(list { $0 })) VALUES (?, \(list { _ in "?" }))
            ON CONFLICT (\(id)) DO UPDATE SET \(list { "\($0) = excluded.\($0)" })
            WHERE (\(list { $0 })) IS NOT (\(list { "excluded.\($0)" }))
            """
    }
}

extension SQLStatement {
    /// Positions 1 to 9: id, title, description, category, brand, price, currency, attributes, text.
    fileprivate func bind(_ item: Item, text: Int64?) throws(Fault) {
        try bind(text: item.id, at: 1)
        try bind(text: item.title, at: 2)
        try bind(text: item.description, at: 3)
        try bind(text: item.category, at: 4)
        try bind(text: item.brand, at: 5)
        try bind(item.price?.micros ?? 0, at: 6)
        try bind(text: item.price?.currencyCode ?? "", at: 7)
        try bind(blob: AttributeCodec.encode(item.attributes), at: 8)
        try bind(text, at: 9)
    }
}

/// The tables of intents.
private final class IntentRows {
    private let find: SQLStatement
    private let upsert: SQLStatement
    private let examples: SQLStatement
    private let deleteExamples: SQLStatement
    private let insertExample: SQLStatement
    private let deleteIntent: SQLStatement

    init(_ database: Database) throws(Fault) {
        find = try SQLStatement(database, "SELECT id, answer FROM intents WHERE intent = ?")
        upsert = try SQLStatement(
            database,
            """
            INSERT INTO intents (intent, answer) VALUES (?, ?)
            ON CONFLICT (intent) DO UPDATE SET answer = excluded.answer RETURNING id
            """)
        examples = try SQLStatement(
            database, "SELECT example FROM intent_examples WHERE intent = ? ORDER BY position")
        deleteExamples = try SQLStatement(
            database, "DELETE FROM intent_examples WHERE intent = ?")
        insertExample = try SQLStatement(
            database,
            "INSERT INTO intent_examples (intent, position, example, text) VALUES (?, ?, ?, ?)")
        deleteIntent = try SQLStatement(database, "DELETE FROM intents WHERE id = ?")
    }

    /// Whether anything changed.
    func replace(_ intent: IntentDefinition, texts: [Int64?]) throws(Fault) -> Bool {
        if let known = try row(of: intent.name), known.intent == intent { return false }
        try upsert.bind(text: intent.name, at: 1)
        try upsert.bind(text: intent.answer, at: 2)
        guard try upsert.step() else {
            throw Fault(.internal, reason: "STORE_FAILURE", "an intent got no row")
        }
        let id = upsert.int64(0)
        upsert.reset()
        try deleteExamples.bind(id, at: 1)
        try deleteExamples.run()
        for (position, (example, text)) in zip(intent.examples, texts).enumerated() {
            try insertExample.bind(id, at: 1)
            try insertExample.bind(Int64(position), at: 2)
            try insertExample.bind(text: example, at: 3)
            try insertExample.bind(text, at: 4)
            try insertExample.run()
        }
        return true
    }

    /// Whether there was one.
    func delete(_ name: String) throws(Fault) -> Bool {
        guard let known = try row(of: name) else { return false }
        for statement in [deleteExamples, deleteIntent] {
            try statement.bind(known.id, at: 1)
            try statement.run()
        }
        return true
    }

    func row(
        of name: String
    ) throws(Fault) -> (id: Int64, intent: IntentDefinition)? {
        try find.bind(text: name, at: 1)
        guard try find.step() else { return nil }
        defer { find.reset() }
        try examples.bind(find.int64(0), at: 1)
        var texts: [String] = []
        while try examples.step() { texts.append(examples.text(0)) }
        return (
            find.int64(0), IntentDefinition(name: name, examples: texts, answer: find.text(1))
        )
    }
}
