internal import Base
internal import GRDB

/// Counts each item's purchases anew from the journal: right whatever came first, items or events.
enum PopularityCount {
    /// In the transaction that changes items or events, so that a cut in between is made up later.
    static func markDue(_ database: Database) throws(Fault) {
        try StoreSettings.setFlag(database, .popularityDue, true)
    }

    static func runIfDue(_ store: SQLiteStore) throws(Fault) {
        try store.write { database in
            guard try StoreSettings.hasFlag(database, .popularityDue) else { return }
            try StoreSettings.setFlag(database, .popularityDue, false)
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
