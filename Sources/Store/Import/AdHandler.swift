internal import Base
internal import GRDB

/// `ad,campaign,title,bid[,bid_currency,description,category,brand,price,currency,start,end,...]`. A
/// bid without a currency of its own is in the price's. `DeliveryColumns` has the rest.
final class AdHandler: RowHandler {
    static let requiredColumns = ["ad", "campaign", "title", "bid"]

    private let limits: Limits
    private let writer: CatalogWriter
    private var columns: AdColumns

    init(_ database: Database, bundleVersion: String, limits: Limits) throws(Fault) {
        self.limits = limits
        writer = try CatalogWriter(database, bundleVersion: bundleVersion)
        columns = AdColumns([], limits: limits)
    }

    func bind(columns names: [String]) { columns = AdColumns(names, limits: limits) }

    func take(_ row: Row) throws -> Bool { try writer.upsert(.ad(try columns.ad(row))) }
}

/// The columns of an ad.
struct AdColumns {
    private static let names = ["campaign", "bid", "bid_currency", "start", "end"]
    private let delivery: DeliveryColumns

    private let limits: Limits
    private let columns: ItemColumns
    private let positions: [Int]

    init(_ columns: [String], limits: Limits) {
        self.limits = limits
        delivery = DeliveryColumns(columns)
        self.columns = ItemColumns(
            columns, id: "ad", others: Self.names + delivery.names, limits: limits)
        positions = Self.names.map(self.columns.position)
    }

    func ad(_ row: Row) throws(RowRejection) -> Ad {
        let creative = try columns.item(row)
        try row.checkId(positions[0], "campaign", limits)
        let currency = row.isEmpty(positions[2]) ? columns.position("currency") : positions[2]
        guard let bid = try row.money(positions[1], "bid", currency: currency) else {
            throw RowRejection("bid: missing")
        }
        let start = try row.time(positions[3], "start")
        let end = try row.time(positions[4], "end")
        if let start, let end, end <= start { throw RowRejection("end: not after start") }
        return Ad(
            id: creative.id, campaignId: row.text(positions[0]), creative: creative, bid: bid,
            startUnixNanoseconds: start, endUnixNanoseconds: end,
            delivery: try delivery.delivery(row, currency: bid.currencyCode))
    }
}
