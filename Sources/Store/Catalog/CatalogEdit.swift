internal import Inference

/// What a committed change did to one entry of the catalogue.
enum CatalogEffect {
    /// - keys, vectors: of the entry's texts; nil where there is no text, or no vector of it yet.
    case upsert(CatalogEntry, keys: [VectorKey?], vectors: [Int8Vector?])
    case delete(CatalogKind, id: String)
}

/// A catalogue while it changes: what changes do to a store, done to what was read of it. The tables
/// that no effect concerns stay the same objects.
struct CatalogEdit {
    private let base: Catalog
    private var items: ItemTableEdit?
    private var ads: AdTableEdit?
    private var intents: [String: (definition: IntentDefinition, vectors: [Int8Vector])]?
    private var articles: [String: (article: Article, vectors: [Int8Vector])]?
    private var newVectors: [(key: VectorKey, vector: Int8Vector)] = []
    private var newRows: [VectorKey: Int32] = [:]
    private var effectCount = 0

    init(_ catalog: Catalog) { base = catalog }

    mutating func apply(_ effect: CatalogEffect) {
        effectCount += 1
        let base = base
        switch effect {
        case .upsert(.item(let item), let keys, let vectors):
            let row = vectorRow(keys[0], vectors[0])
            Self.edit(&items, base.items.edit) { $0.upsert(item, vectorRow: row) }
        case .upsert(.ad(let ad), let keys, let vectors):
            let row = vectorRow(keys[0], vectors[0])
            Self.edit(&ads, base.ads.edit) { $0.upsert(ad, vectorRow: row) }
        case .upsert(.intent(let intent), let keys, let vectors):
            // So that the next change finds the texts' vectors.
            for (key, vector) in zip(keys, vectors) { _ = vectorRow(key, vector) }
            Self.edit(&intents, Self.byName(base.intents)) {
                $0[intent.name] = (intent, vectors.compactMap { $0 })
            }
        case .upsert(.article(let article), let keys, let vectors):
            for (key, vector) in zip(keys, vectors) { _ = vectorRow(key, vector) }
            Self.edit(&articles, base.articles.entries) {
                $0[article.id] = (article, vectors.compactMap { $0 })
            }
        case .delete(.item, let id):
            Self.edit(&items, base.items.edit) { items in
                if let row = items.row(of: id) { items.remove(row: row) }
            }
        case .delete(.ad, let id):
            Self.edit(&ads, base.ads.edit) { ads in
                if let row = ads.row(of: id) { ads.remove(row: row) }
            }
        case .delete(.intent, let id):
            Self.edit(&intents, Self.byName(base.intents)) { $0[id] = nil }
        case .delete(.article, let id):
            Self.edit(&articles, base.articles.entries) { $0[id] = nil }
        }
    }

    func finished(version: Int64) -> Catalog {
        let vectors = base.vectors.appending(newVectors)
        return Catalog(
            items: items.map { ItemTable($0, vectors: vectors.table) } ?? base.items,
            ads: ads.map { AdTable($0, vectors: vectors.table) } ?? base.ads,
            intents: intents.map { Self.table($0, dimension: vectors.table.dimension) }
                ?? base.intents,
            articles: articles.map { Self.table($0, dimension: vectors.table.dimension) }
                ?? base.articles,
            vectors: vectors, version: version, changeCount: base.changeCount + effectCount)
    }

    /// Makes the copy when it is first changed. It is moved, so that it is nobody else's while
    /// `body` writes to it.
    private static func edit<Table>(
        _ table: inout Table?, _ copy: @autoclosure () -> Table, _ body: (inout Table) -> Void
    ) {
        var edited = table.take() ?? copy()
        body(&edited)
        table = edited
    }

    private mutating func vectorRow(_ key: VectorKey?, _ vector: Int8Vector?) -> Int32 {
        guard let key, let vector else { return -1 }
        if let row = newRows[key] ?? base.vectors.row(of: key) { return row }
        let row = Int32(base.vectors.table.rowCount + newVectors.count)
        newVectors.append((key, vector))
        newRows[key] = row
        return row
    }

    private static func byName(
        _ table: IntentTable
    ) -> [String: (definition: IntentDefinition, vectors: [Int8Vector])] {
        Dictionary(
            uniqueKeysWithValues: table.definitions.enumerated().map { row, definition in
                (definition.name, (definition, table.vectors(ofExamplesAt: row)))
            })
    }

    private static func table(
        _ intents: [String: (definition: IntentDefinition, vectors: [Int8Vector])], dimension: Int
    ) -> IntentTable {
        let sorted = intents.values.sorted {
            $0.definition.name.utf8.lexicographicallyPrecedes($1.definition.name.utf8)
        }
        return IntentTable(
            definitions: sorted.map(\.definition),
            exampleVectors: Int8VectorTable(
                dimension: dimension, rows: sorted.flatMap(\.vectors)))
    }
    private static func table(
        _ articles: [String: (article: Article, vectors: [Int8Vector])], dimension: Int
    ) -> ArticleTable {
        let sorted = articles.values.sorted {
            $0.article.id.utf8.lexicographicallyPrecedes($1.article.id.utf8)
        }
        return ArticleTable(
            articles: sorted.map(\.article), vectors: sorted.map(\.vectors), dimension: dimension)
    }
}
