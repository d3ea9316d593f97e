internal import Base
internal import GRDB

/// How often items were bought, counted as events come in: the journal is sealed by user. Counts name
/// nobody; they stay when a user is erased and when events grow too old.
final class PurchaseCounts {
    private let increase: SQLStatement
    private let database: Database
    private var counts: [Int64: Int64] = [:]

    init(_ database: Database) throws(Fault) {
        self.database = database
        increase = try SQLStatement(
            database,
            """
            INSERT INTO fact_purchases (fact, purchases) VALUES (?, ?)
            ON CONFLICT (fact) DO UPDATE SET purchases = purchases + excluded.purchases
            """)
    }

    func add(_ fact: Int64, _ count: Int64 = 1) { counts[fact, default: 0] += count }

    /// Writes what was added, in the transaction that holds the events.
    func flush() throws(Fault) {
        if counts.isEmpty { return }
        for (fact, count) in counts {
            try increase.bind(fact, at: 1)
            try increase.bind(count, at: 2)
            try increase.run()
        }
        counts.removeAll(keepingCapacity: true)
        try PopularityCount.markDue(database)
    }
}

/// Brings items' purchases up to the counts: right whatever came first, items or events.
enum PopularityCount {
    /// In the transaction that changes items or counts, so that a cut in between is made up later.
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
                WITH counted AS (
                    SELECT item, sum(purchases) AS number FROM fact_purchases
                    JOIN item_facts ON item_facts.id = fact_purchases.fact GROUP BY item
                )
                UPDATE items SET purchases = counted.number FROM counted
                WHERE counted.item = items.item AND items.purchases <> counted.number
                """
            ).run()
        }
    }
}
