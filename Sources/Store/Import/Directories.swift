internal import Base
internal import GRDB

/// Users by their identifiers, made where they are new.
final class UserDirectory {
    private static let maxCachedUsers = 100_000

    private let pseudonymizer: Pseudonymizer
    private let users: UserTable
    private var cache = ByteKeyCache(maxCount: maxCachedUsers)
    private var known: [StoredUser] = []
    private var touched: Set<Int64> = []

    init(_ database: Database, secrets: StoreSecrets) throws(Fault) {
        pseudonymizer = secrets.pseudonymizer
        users = try UserTable(database, secrets)
    }

    func user(_ id: Span<UInt8>) throws(Fault) -> StoredUser {
        if let place = cache.value(of: id) { return known[Int(place)] }
        let user = try users.findOrMake(pseudonymizer.pseudonym(ofUTF8: id))
        if known.count >= Self.maxCachedUsers { forget() }
        cache.insert(id, Int64(known.count))
        known.append(user)
        return user
    }

    /// What is known may no longer be so: somebody else changed the store.
    func forget() {
        cache = ByteKeyCache(maxCount: Self.maxCachedUsers)
        known = []
        users.forget()
    }

    /// The user's profile lacks an event.
    func touch(_ user: StoredUser) { touched.insert(user.row) }

    func markTouchedStale() throws(Fault) {
        for user in touched.sorted() { try users.markStale(user) }
        touched.removeAll(keepingCapacity: true)
    }
}

/// What the catalogue knows of items now, as rows of `item_facts`, made where they are new. An event
/// may name an ad as well: then it is the ad's creative. Below 0 for what the catalogue does not know.
final class ItemFactDirectory {
    private static let maxCachedItems = 500_000

    private let items: FactStatements
    private let ads: FactStatements
    private let unknown: FactStatements
    private var cache = ByteKeyCache(maxCount: maxCachedItems)

    init(_ database: Database) throws(Fault) {
        items = try FactStatements(database, table: "items", id: "item")
        ads = try FactStatements(database, table: "ads", id: "ad")
        unknown = try FactStatements(unknownIn: database)
    }

    func fact(ofItem id: Span<UInt8>) throws(Fault) -> Int64 {
        if let known = cache.value(of: id) { return known }
        var found = try items.fact(id)
        if found == nil { found = try ads.fact(id) }
        if found == nil { found = try unknown.fact(id) }
        guard let fact = found else {
            throw Fault(.internal, reason: "STORE_FAILURE", "an item's facts got no row")
        }
        cache.insert(id, fact)
        return fact
    }
}

/// Writes what one table knows of an identifier to `item_facts` where it is new, and finds it there.
private struct FactStatements {
    private let insert: SQLStatement
    private let find: SQLStatement

    init(_ database: Database, table: String, id: String) throws(Fault) {
        insert = try SQLStatement(
            database,
            """
            INSERT INTO item_facts (item, category, brand, price_micros, currency, text)
            SELECT \(id), category, brand, price_micros, currency, coalesce(text, 0)
            FROM \(table) WHERE \(id) = ? ON CONFLICT DO NOTHING
            """)
        find = try SQLStatement(
            database,
            """
            SELECT item_facts.id FROM \(table) AS known
            JOIN item_facts ON item_facts.item = known.\(id)
                AND item_facts.category = known.category AND item_facts.brand = known.brand
                AND item_facts.price_micros = known.price_micros
                AND item_facts.currency = known.currency
                AND item_facts.text = coalesce(known.text, 0)
            WHERE known.\(id) = ?
            """)
    }

    init(unknownIn database: Database) throws(Fault) {
        insert = try SQLStatement(
            database,
            """
            INSERT INTO item_facts (id, item, category, brand, price_micros, currency, text)
            VALUES ((SELECT min(coalesce(min(id), 0), 0) - 1 FROM item_facts), ?, '', '', 0, '', 0)
            ON CONFLICT DO NOTHING
            """)
        find = try SQLStatement(
            database, "SELECT id FROM item_facts WHERE item = ? AND id < 0")
    }

    func fact(_ id: Span<UInt8>) throws(Fault) -> Int64? {
        try insert.bind(text: id, at: 1)
        try insert.run()
        try find.bind(text: id, at: 1)
        guard try find.step() else { return nil }
        defer { find.reset() }
        return find.int64(0)
    }
}
