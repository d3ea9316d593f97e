internal import Base
internal import GRDB

/// `item,title[,description,category,brand,price,currency,...]`: adds items and replaces those that
/// differ. Their texts get rows at once and vectors later.
final class ItemHandler: RowHandler {
    static let requiredColumns = ["item", "title"]
    static let affectsPopularity = true

    private let limits: Limits
    private let writer: CatalogWriter
    private var columns: ItemColumns

    init(_ database: Database, bundleVersion: String, limits: Limits) throws(Fault) {
        self.limits = limits
        writer = try CatalogWriter(database, bundleVersion: bundleVersion)
        columns = ItemColumns([], id: "item", limits: limits)
    }

    func bind(columns names: [String]) {
        columns = ItemColumns(names, id: "item", limits: limits)
    }

    func take(_ row: Row) throws -> Bool {
        try writer.upsert(.item(try columns.item(row)))
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
