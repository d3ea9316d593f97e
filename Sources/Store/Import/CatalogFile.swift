// Entries of the catalogue in a file, for who sends them to a server: the importer's readers, so that a
// file which imports also upserts.

public import Base

/// Reads items, ads or articles from CSV or JSON lines, intents from JSON lines, front to back.
public final class CatalogFile {
    public enum Row {
        case entry(CatalogEntry)
        /// Why the row at `lineNumber` is not taken.
        case rejected(lineNumber: Int, reason: String)
    }

    private let kind: CatalogKind
    private let limits: Limits
    private var rows: (any RowReader)?
    private var lines: LineReader?
    private var row = Store.Row()
    private var items: ItemColumns
    private var ads: AdColumns
    private var articles: ArticleColumns
    private var boundColumnCount = -1

    /// - Parameter options: its format; rejects are for the caller.
    public init(
        _ source: ImportSource, kind: CatalogKind, options: ImportOptions = ImportOptions(),
        limits: Limits = Limits()
    ) throws {
        self.kind = kind
        self.limits = limits
        items = ItemColumns([], id: "item", limits: limits)
        ads = AdColumns([], limits: limits)
        articles = ArticleColumns([], limits: limits)
        let bytes = try ByteSource(source)
        let bounds = RowBounds(limits)
        switch (kind, options.format(of: source)) {
        case (.intent, _): lines = try LineReader(bytes, bounds: bounds)
        case (_, .csv): rows = try CSVReader(bytes, bounds: bounds)
        case (_, .jsonl): rows = try JSONLinesReader(bytes, bounds: bounds)
        }
    }

    /// Nil at the end. A `Fault` ends the reading.
    public func next() throws -> Row? {
        do {
            return try nextEntry().map { .entry($0) }
        } catch let rejection as RowRejection {
            return .rejected(
                lineNumber: lines?.lineNumber ?? row.lineNumber, reason: rejection.reason)
        }
    }

    private func nextEntry() throws -> CatalogEntry? {
        if kind == .intent {
            guard let line = try lines?.next(), let bytes = lines?.bytes[line] else { return nil }
            return .intent(try IntentLine.intent(Array(bytes), limits))
        }
        guard try rows?.next(into: &row) == true, let columns = rows?.columns else { return nil }
        if columns.count != boundColumnCount {
            boundColumnCount = columns.count
            items = ItemColumns(columns, id: "item", limits: limits)
            ads = AdColumns(columns, limits: limits)
            articles = ArticleColumns(columns, limits: limits)
        }
        switch kind {
        case .item: return .item(try items.item(row))
        case .ad: return .ad(try ads.ad(row))
        case .article: return .article(try articles.article(row))
        case .intent: return nil
        }
    }
}
