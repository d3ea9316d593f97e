internal import Base
internal import GRDB

/// Counts each item's purchases anew from the journal: right whatever came first, items or events.
enum PopularityCount {
    static func run(_ store: SQLiteStore) throws(Fault) {
        _ = try store.write { database in
            try SQLStatement(
                database,
                """
                WITH bought AS (
                    SELECT fact, count(*) AS number FROM events
                    WHERE type = \(EventType.purchase.rawValue) GROUP BY fact
                ), counted AS (
                    SELECT item, sum(number) AS number FROM bought
                    JOIN item_facts ON item_facts.id = bought.fact GROUP BY item
                )
                UPDATE items SET purchases = counted.number FROM counted
                WHERE counted.item = items.item AND purchases <> counted.number
                """
            ).run()
        }
    }
}
