internal import Base
internal import GRDB
internal import Inference

/// The vectors of some of a store's texts, and where in the table they went.
struct TextVectors {
    /// A segment that lacks more than this part of its rows, or this many, is made anew.
    private static let maxMissingShare = 8
    private static let maxMissingCount = 8_192

    private(set) var vectors: CatalogVectors
    private var rows: [Int64: Int32] = [:]

    /// - Parameters:
    ///   - texts: their ids.
    ///   - report: told why a new segment was made, or cannot be.
    init(
        _ database: Database, dimension: Int, texts: Set<Int64>, segmentPath: String,
        report: (String) -> Void
    ) throws(Fault) {
        var found: VectorSegment?
        var reason = ""
        do throws(BundleError) {
            found = try VectorSegment(path: segmentPath, dimension: dimension)
        } catch { reason = error.description }
        vectors = found.map { CatalogVectors(segment: $0) } ?? CatalogVectors(dimension: dimension)
        rows.reserveCapacity(texts.count)
        let keys = try Self.keys(database, of: texts)
        let missing = match(keys, with: found)
        let isBehind =
            missing.count > Self.maxMissingCount
            || missing.count > (found?.rowCount ?? 0) / Self.maxMissingShare
        if isBehind, found != nil { reason = "\(segmentPath): lacks \(missing.count) vectors" }
        try add(missing, database)
        if isBehind {
            writeSegment(keys, segmentPath, reason, report)
        }
    }

    /// -1 for no text, or one whose vector is not there yet.
    func row(ofText id: Int64) -> Int32 { rows[id] ?? -1 }

    private struct TextKey {
        var key: VectorKey
        var text: Int64
    }

    /// Ascending. The index that makes keys unique has all of it.
    private static func keys(
        _ database: Database, of texts: Set<Int64>
    ) throws(Fault) -> [TextKey] {
        let select = try SQLStatement(database, "SELECT key, id FROM texts ORDER BY key")
        var keys: [TextKey] = []
        keys.reserveCapacity(texts.count)
        while try select.step() {
            let text = select.int64(1)
            guard texts.contains(text) else { continue }
            guard let bytes = select.blob(0), bytes.count == VectorKey.byteCount else {
                throw Fault(
                    .dataLoss, reason: "STORE_CORRUPT",
                    "the store is damaged: the key of text \(text) has a wrong size")
            }
            keys.append(TextKey(key: VectorKey(bytes.span), text: text))
        }
        return keys
    }

    /// Takes the rows that the segment has; the keys it lacks. Both are ascending.
    private mutating func match(_ keys: [TextKey], with segment: VectorSegment?) -> [TextKey] {
        guard let segment else { return keys }
        var missing: [TextKey] = []
        var row = 0
        for text in keys {
            while row < segment.rowCount, segment.key(at: row) < text.key { row += 1 }
            if row < segment.rowCount, segment.key(at: row) == text.key {
                rows[text.text] = Int32(row)
            } else {
                missing.append(text)
            }
        }
        return missing
    }

    /// Reads vectors from the database; texts that still wait for theirs are left out.
    private mutating func add(_ missing: [TextKey], _ database: Database) throws(Fault) {
        if missing.isEmpty { return }
        let select = try SQLStatement(
            database, "SELECT scale, vector FROM texts WHERE id = ? AND vector IS NOT NULL")
        let dimension = vectors.table.dimension
        var added: [(key: VectorKey, vector: Int8Vector)] = []
        for text in missing {
            try select.bind(text.text, at: 1)
            guard try select.step() else { continue }
            var values: [Int8] = []
            guard select.appendSigned(1, count: dimension, to: &values) else {
                throw Fault(
                    .dataLoss, reason: "STORE_CORRUPT",
                    "the store is damaged: vector \(text.text) has a wrong size")
            }
            rows[text.text] = Int32(vectors.table.rowCount + added.count)
            added.append((text.key, Int8Vector(values: values, scale: Float(select.double(0)))))
            select.reset()
        }
        vectors = vectors.appending(added)
    }

    /// Puts all rows into a new segment and goes on with that. Where none can be written the vectors
    /// stay in memory.
    private mutating func writeSegment(
        _ keys: [TextKey], _ path: String, _ reason: String, _ report: (String) -> Void
    ) {
        let table = vectors.table
        let present = keys.filter { rows[$0.text] != nil }
        if present.isEmpty { return }
        do throws(BundleError) {
            try VectorSegment.write(
                present.map { (key: $0.key, row: Int(rows[$0.text]!)) }, of: table, path: path)
            vectors = CatalogVectors(
                segment: try VectorSegment(path: path, dimension: table.dimension))
            for (row, text) in present.enumerated() { rows[text.text] = Int32(row) }
            report("vector segment made anew: \(reason)")
        } catch {
            report("vectors stay in memory, no segment can be kept: \(error.description)")
        }
    }
}
