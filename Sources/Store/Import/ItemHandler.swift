internal import Base
internal import GRDB

/// `item,title[,description,category,brand,price,currency,...]`: adds items and replaces those that
/// differ. Their texts get rows at once and vectors later.
final class ItemHandler: RowHandler {
    static let requiredColumns = ["item", "title"]
    static let affectsPopularity = true

    /// Binds what `SQLStatement.bind(_:text:)` binds; changes no row that is so already.
    static let upsert = """
        INSERT INTO items (item, title, description, category, brand, price_micros, currency,
            attributes, text)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (item) DO UPDATE SET title = excluded.title,
            description = excluded.description, category = excluded.category,
            brand = excluded.brand, price_micros = excluded.price_micros,
            currency = excluded.currency, attributes = excluded.attributes,
            text = excluded.text
        WHERE (title, description, category, brand, price_micros, currency, attributes, text)
            IS NOT (excluded.title, excluded.description, excluded.category, excluded.brand,
            excluded.price_micros, excluded.currency, excluded.attributes, excluded.text)
        """

    private let limits: Limits
    private let texts: TextTable
    private let upsert: SQLStatement
    private var columns: ItemColumns

    init(_ database: Database, bundleVersion: String, limits: Limits) throws(Fault) {
        self.limits = limits
        texts = try TextTable(database, bundleVersion: bundleVersion)
        columns = ItemColumns([], id: "item", limits: limits)
        upsert = try SQLStatement(database, Self.upsert)
    }

    func bind(columns names: [String]) {
        columns = ItemColumns(names, id: "item", limits: limits)
    }

    func take(_ row: Row) throws -> Bool {
        let item = try columns.item(row)
        try upsert.bind(item, text: try texts.id(of: item.encoderText))
        return try upsert.run() > 0
    }
}

/// The columns of an item, which an ad has too.
struct ItemColumns {
    private let id: String
    private let limits: Limits
    private let map: ColumnMap
    private let positions: [Int]

    private static let names = [
        "title", "description", "category", "brand", "price", "currency",
    ]

    /// - Parameters:
    ///   - id: name of the column with the identifier.
    ///   - others: columns that are neither the item's nor attributes.
    init(_ columns: [String], id: String, others: [String] = [], limits: Limits) {
        self.id = id
        self.limits = limits
        map = ColumnMap(columns, known: Set(Self.names + others + [id]), limits: limits)
        positions = ([id] + Self.names).map(map.position)
    }

    func position(_ name: String) -> Int { map.position(name) }

    func item(_ row: Row) throws(RowRejection) -> Item {
        try row.checkId(positions[0], id, limits)
        return Item(
            id: row.text(positions[0]),
            title: try row.name(positions[1], "title", maxBytes: limits.maxTextBytes / 4),
            description: try row.name(
                positions[2], "description", maxBytes: limits.maxTextBytes / 2),
            category: try row.name(positions[3], "category", maxBytes: limits.maxCategoryBytes),
            brand: try row.name(positions[4], "brand", maxBytes: limits.maxIdBytes),
            price: try row.money(positions[5], "price", currency: positions[6]),
            attributes: try map.attributes(of: row))
    }
}

extension SQLStatement {
    /// Positions 1 to 9: id, title, description, category, brand, price, currency, attributes, text.
    func bind(_ item: Item, text: Int64?) throws(Fault) {
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
