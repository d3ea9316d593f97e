public import Inference

/// The vectors of a catalogue's texts, found by what the texts are. Those of a mapped segment come
/// first, then those that came since. Immutable.
public final class CatalogVectors: Sendable {
    public let table: Int8VectorTable
    private let segment: VectorSegment?
    /// Rows after the segment's.
    private let later: [VectorKey: Int32]

    public convenience init(segment: VectorSegment) {
        self.init(table: Int8VectorTable(segment: segment), segment: segment, later: [:])
    }

    public convenience init(dimension: Int) {
        self.init(
            table: Int8VectorTable(dimension: dimension, rows: []), segment: nil, later: [:])
    }

    private init(table: Int8VectorTable, segment: VectorSegment?, later: [VectorKey: Int32]) {
        self.table = table
        self.segment = segment
        self.later = later
    }

    public static let empty = CatalogVectors(dimension: 0)

    public func row(of key: VectorKey) -> Int32? {
        later[key] ?? segment?.row(of: key).map { Int32($0) }
    }

    /// The same rows and new ones after them.
    /// - Parameter vectors: of keys that have no row yet, each once.
    func appending(_ vectors: [(key: VectorKey, vector: Int8Vector)]) -> CatalogVectors {
        if vectors.isEmpty { return self }
        var later = later
        for (i, (key, _)) in vectors.enumerated() { later[key] = Int32(table.rowCount + i) }
        // A catalogue without texts has a table without a dimension.
        let base =
            table.rowCount == 0 && segment == nil
            ? Int8VectorTable(dimension: vectors[0].vector.dimension, rows: []) : table
        return CatalogVectors(
            table: base.appending(vectors.map(\.vector)), segment: segment, later: later)
    }
}
