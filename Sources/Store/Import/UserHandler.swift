internal import Base
internal import GRDB

/// `user[,attribute...]`: declared attributes replace those that were there. The identifier itself
/// is not stored, only its pseudonym.
final class UserHandler: RowHandler {
    static let requiredColumns = ["user"]

    private let limits: Limits
    private let pseudonymizer: Pseudonymizer
    private let users: UserTable
    private let records: UserRecords
    private var columns: ColumnMap
    private var user = -1

    init(_ database: Database, secrets: StoreSecrets, limits: Limits) throws(Fault) {
        self.limits = limits
        pseudonymizer = secrets.pseudonymizer
        columns = ColumnMap([], known: [], limits: limits)
        users = try UserTable(database, secrets)
        records = try UserRecords(database)
    }

    func storeChanged() { users.forget() }

    func bind(columns names: [String]) {
        columns = ColumnMap(names, known: ["user"], limits: limits)
        user = columns.position("user")
    }

    func take(_ row: Row) throws -> Bool {
        try row.checkId(user, "user", limits)
        let attributes = try columns.attributes(of: row)
        let pseudonym = try pseudonymizer.pseudonym(of: row.text(user))
        let isNew = try users.find(pseudonym) == nil
        let user = try users.findOrMake(pseudonym)
        return try records.setAttributes(attributes, of: user, pseudonym) || isNew
    }
}
