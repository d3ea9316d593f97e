public import Inference

/// Intents in the order of their names' bytes, with the vectors of their example sentences.
/// Immutable.
public final class IntentTable: Sendable {
    public let definitions: [IntentDefinition]
    public let exampleVectors: Int8VectorTable
    /// For each definition the rows of its examples, in their order.
    public let exampleRows: [Range<Int>]

    /// - Parameter exampleVectors: the examples of the first definition, then of the second, ...
    public init(definitions: [IntentDefinition], exampleVectors: Int8VectorTable) {
        var rows: [Range<Int>] = []
        var start = 0
        for definition in definitions {
            rows.append(start..<start + definition.examples.count)
            start += definition.examples.count
        }
        precondition(start == exampleVectors.rowCount, "one vector per example")
        self.definitions = definitions
        self.exampleVectors = exampleVectors
        exampleRows = rows
    }

    public static let empty = IntentTable(
        definitions: [], exampleVectors: Int8VectorTable(dimension: 0, rows: []))

    public var count: Int { definitions.count }

    public func row(of name: String) -> Int? {
        let row = position(of: name)
        return row < count && definitions[row].name == name ? row : nil
    }

    /// Those whose names come after one, at most `limit`.
    public func definitions(after name: String, limit: Int) -> [IntentDefinition] {
        let row = position(of: name)
        let start = row < count && definitions[row].name == name ? row + 1 : row
        return Array(definitions[start...].prefix(limit))
    }

    /// The vectors of an intent's examples, in their order.
    func vectors(ofExamplesAt row: Int) -> [Int8Vector] {
        exampleRows[row].map { exampleVectors.row($0) }
    }

    /// Where the name is or belongs.
    private func position(of name: String) -> Int {
        SortedIds.position(of: name, count: count) { definitions[$0].name }
    }
}
