internal import Base
internal import GRDB

/// The table of what campaigns spent a day. It names no user, and stays when one is erased.
final class SpendTable {
    private let increase: SQLStatement
    /// Not yet written.
    private var pending: [SpendKey: Int64] = [:]

    init(_ database: Database) throws(Fault) {
        increase = try SQLStatement(
            database,
            """
            INSERT INTO ad_spend (account, day, micros) VALUES (?, ?, ?)
            ON CONFLICT (account, day) DO UPDATE SET
            micros = min(micros, 9223372036854775807 - excluded.micros) + excluded.micros
            """)
    }

    /// An event that the journal holds since a moment ago.
    func add(_ charge: AdCharge, unixNanoseconds: Int64) {
        let key = SpendKey(
            account: charge.account, day: Event.day(ofUnixNanoseconds: unixNanoseconds))
        let (sum, overflow) = pending[key, default: 0].addingReportingOverflow(charge.micros)
        pending[key] = overflow ? .max : sum
    }

    /// In the transaction that holds the events, after its last one.
    /// - Returns: what the ledger is to add once that is committed.
    func finishTransaction() throws(Fault) -> [SpendKey: Int64] {
        if pending.isEmpty { return [:] }
        for (key, micros) in pending {
            try increase.bind(text: key.account, at: 1)
            try increase.bind(key.day, at: 2)
            try increase.bind(micros, at: 3)
            try increase.run()
        }
        defer { pending.removeAll(keepingCapacity: true) }
        return pending
    }

    /// The newest days, as a start finds them.
    static func read(_ database: Database) throws(Fault) -> [SpendKey: Int64] {
        let select = try SQLStatement(
            database,
            """
            SELECT account, day, micros FROM ad_spend
            WHERE day > (SELECT max(day) FROM ad_spend) - ?
            """)
        try select.bind(Int64(SpendLedger.maxDays), at: 1)
        var found: [SpendKey: Int64] = [:]
        while try select.step() {
            found[SpendKey(account: select.text(0), day: select.int64(1))] = select.int64(2)
        }
        return found
    }
}
