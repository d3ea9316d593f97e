internal import Base
internal import GRDB

/// `ad,campaign,title,bid[,bid_currency,description,category,brand,price,currency,start,end,...]`. A
/// bid without a currency of its own is in the price's.
final class AdHandler: RowHandler {
    static let requiredColumns = ["ad", "campaign", "title", "bid"]
    private static let adColumns = ["campaign", "bid", "bid_currency", "start", "end"]

    private let limits: Limits
    private let texts: TextTable
    private let upsert: SQLStatement
    private var columns: ItemColumns
    private var positions = [Int](repeating: -1, count: adColumns.count)

    init(_ database: Database, bundleVersion: String, limits: Limits) throws(Fault) {
        self.limits = limits
        texts = try TextTable(database, bundleVersion: bundleVersion)
        columns = ItemColumns([], id: "ad", others: Self.adColumns, limits: limits)
        upsert = try SQLStatement(
            database,
            """
            INSERT INTO ads (ad, title, description, category, brand, price_micros, currency,
                attributes, text, campaign, bid_micros, bid_currency, start_ns, end_ns)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (ad) DO UPDATE SET title = excluded.title,
                description = excluded.description, category = excluded.category,
                brand = excluded.brand, price_micros = excluded.price_micros,
                currency = excluded.currency, attributes = excluded.attributes,
                text = excluded.text, campaign = excluded.campaign,
                bid_micros = excluded.bid_micros, bid_currency = excluded.bid_currency,
                start_ns = excluded.start_ns, end_ns = excluded.end_ns
            WHERE (title, description, category, brand, price_micros, currency, attributes, text,
                campaign, bid_micros, bid_currency, start_ns, end_ns)
                IS NOT (excluded.title, excluded.description, excluded.category, excluded.brand,
                excluded.price_micros, excluded.currency, excluded.attributes, excluded.text,
                excluded.campaign, excluded.bid_micros, excluded.bid_currency, excluded.start_ns,
                excluded.end_ns)
            """)
    }

    func bind(columns names: [String]) {
        columns = ItemColumns(names, id: "ad", others: Self.adColumns, limits: limits)
        positions = Self.adColumns.map(columns.position)
    }

    func take(_ row: Row) throws -> Bool {
        let ad = try ad(row)
        try upsert.bind(ad.creative, text: try texts.id(of: ad.creative.encoderText))
        try upsert.bind(text: ad.campaignId, at: 10)
        try upsert.bind(ad.bid.micros, at: 11)
        try upsert.bind(text: ad.bid.currencyCode, at: 12)
        try upsert.bind(ad.startUnixNanoseconds, at: 13)
        try upsert.bind(ad.endUnixNanoseconds, at: 14)
        return try upsert.run() > 0
    }

    private func ad(_ row: Row) throws(RowRejection) -> Ad {
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
            startUnixNanoseconds: start, endUnixNanoseconds: end)
    }
}
