public import Inference

/// Intents with the vectors of their example sentences. Immutable.
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
}
