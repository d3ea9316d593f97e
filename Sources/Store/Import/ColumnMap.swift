internal import Base

/// Where the columns an importer knows are in the rows at hand; all others are attributes.
struct ColumnMap {
    private var known: [String: Int] = [:]
    /// Columns that are attributes, with their names.
    private(set) var attributes: [(position: Int, name: String)] = []
    private let limits: Limits

    init(_ columns: [String], known names: Set<String>, limits: Limits) {
        self.limits = limits
        for (position, name) in columns.enumerated() {
            if names.contains(name) {
                known[name] = position
            } else {
                attributes.append((position, name))
            }
        }
    }

    /// -1 where the rows have no such column.
    func position(_ name: String) -> Int { known[name] ?? -1 }

    /// Those of a row that are not empty.
    func attributes(of row: Row) throws(RowRejection) -> [String: String] {
        var found: [String: String] = [:]
        for (position, name) in attributes where !row.isEmpty(position) {
            guard row.range(position).count <= limits.maxAttributeBytes,
                name.utf8.count <= limits.maxIdBytes
            else {
                throw RowRejection(
                    "\(name): an attribute is longer than \(limits.maxAttributeBytes) bytes")
            }
            found[name] = row.text(position)
        }
        guard found.count <= limits.maxAttributes else {
            throw RowRejection("has more than \(limits.maxAttributes) attributes")
        }
        return found
    }
}

extension Row {
    /// A short text such as a category; empty where it is absent.
    func name(_ column: Int, _ what: String, maxBytes: Int) throws(RowRejection) -> String {
        try checkLength(column, what, maxBytes: maxBytes)
        return text(column)
    }

    func checkLength(_ column: Int, _ what: String, maxBytes: Int) throws(RowRejection) {
        if range(column).count > maxBytes {
            throw RowRejection("\(what): longer than \(maxBytes) bytes")
        }
    }

    /// An identifier: there, and not too long.
    func checkId(_ column: Int, _ what: String, _ limits: Limits) throws(RowRejection) {
        if isEmpty(column) { throw RowRejection("\(what): missing") }
        try checkLength(column, what, maxBytes: limits.maxIdBytes)
    }

    /// Nil where the amount is absent; then the currency does not matter.
    func money(_ amount: Int, _ what: String, currency: Int) throws(RowRejection) -> Money? {
        if isEmpty(amount) { return nil }
        let bytes = bytes
        guard let micros = FieldParsing.micros(bytes.span.extracting(range(amount))) else {
            throw RowRejection("\(what): not an amount such as 12.34")
        }
        if micros < 0 { throw RowRejection("\(what): negative") }
        if isEmpty(currency) { throw RowRejection("\(what): its currency is missing") }
        guard FieldParsing.isCurrency(bytes.span.extracting(range(currency))) else {
            throw RowRejection("\(what): its currency is not three upper-case letters (ISO 4217)")
        }
        return Money(micros: micros, currencyCode: text(currency))
    }

    /// Nil where it is absent.
    func time(_ column: Int, _ what: String) throws(RowRejection) -> Int64? {
        if isEmpty(column) { return nil }
        let bytes = bytes
        guard let time = TimestampParsing.unixNanoseconds(bytes.span.extracting(range(column)))
        else {
            throw RowRejection("\(what): neither ISO 8601 nor Unix seconds, or before 1970")
        }
        return time
    }
}
