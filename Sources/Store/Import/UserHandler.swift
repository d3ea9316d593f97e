internal import Base
internal import GRDB

/// `user[,attribute...]`: declared attributes replace those that were there. The identifier itself
/// is not stored, only its pseudonym.
final class UserHandler: RowHandler {
    static let requiredColumns = ["user"]

    private let limits: Limits
    private let pseudonymizer: Pseudonymizer
    private let upsert: SQLStatement
    private var columns: ColumnMap
    private var user = -1

    init(_ database: Database, pseudonymizer: Pseudonymizer, limits: Limits) throws(Fault) {
        self.limits = limits
        self.pseudonymizer = pseudonymizer
        columns = ColumnMap([], known: [], limits: limits)
        upsert = try SQLStatement(
            database,
            """
            INSERT INTO users (pseudonym, attributes) VALUES (?, ?)
            ON CONFLICT (pseudonym) DO UPDATE SET attributes = excluded.attributes, stale = 1
            WHERE attributes IS NOT excluded.attributes
            """)
    }

    func bind(columns names: [String]) {
        columns = ColumnMap(names, known: ["user"], limits: limits)
        user = columns.position("user")
    }

    func take(_ row: Row) throws -> Bool {
        try row.checkId(user, "user", limits)
        let attributes = try columns.attributes(of: row)
        let pseudonym = try pseudonymizer.pseudonym(of: row.text(user))
        try upsert.bind(blob: pseudonym.bytes.span, at: 1)
        try upsert.bind(blob: AttributeCodec.encode(attributes), at: 2)
        return try upsert.run() > 0
    }
}
