import Base
import CKernels
import Foundation
import Testing

@testable import Inference

/// The exact scan against looking at each row alone.
@Suite struct VectorScanTests {
    private static let dimension = 45
    private var random = SeededRandom(seed: 11)

    private mutating func vector() -> Int8Vector {
        let random = random.next()
        var own = SeededRandom(seed: random)
        return Int8Vector(
            values: (0..<Self.dimension).map { _ in Int8.random(in: -127...127, using: &own) },
            scale: Float.random(in: 0.001...0.01, using: &own))
    }

    /// Some rows in a mapped file, the rest in memory; each tenth row is there twice.
    private mutating func table(mapped: Int, later: Int) throws -> Int8VectorTable {
        var rows = (0..<mapped + later).map { _ in vector() }
        for row in stride(from: 10, to: rows.count, by: 10) { rows[row] = rows[row - 3] }
        let first = Int8VectorTable(dimension: Self.dimension, rows: Array(rows[..<mapped]))
        if mapped == 0 { return first.appending(rows) }
        let path = FileManager.default.temporaryDirectory
            .appending(path: "scan-\(random.next())").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let keyed = (0..<mapped).map { row in
            let bytes = [UInt8(row >> 8), UInt8(row & 255)] + [UInt8](repeating: 0, count: 14)
            return (key: VectorKey(bytes.span), row: row)
        }
        try VectorSegment.write(keyed, of: first, path: path)
        let segment = try VectorSegment(path: path, dimension: Self.dimension)
        return Int8VectorTable(segment: segment).appending(Array(rows[mapped...]))
    }

    private func naive(
        _ table: Int8VectorTable, _ query: Int8Vector, _ count: Int, _ allowed: RowBits?
    ) -> [VectorScan.Hit] {
        let hits = (0..<table.rowCount).filter { allowed?.contains($0) ?? true }
            .map { VectorScan.Hit(row: $0, similarity: table.dot(query, row: $0)) }
        return Array(
            hits.sorted {
                $0.similarity != $1.similarity ? $0.similarity > $1.similarity : $0.row < $1.row
            }.prefix(count))
    }

    @Test(arguments: [(0, 700), (700, 0), (515, 260), (1, 3)])
    mutating func itFindsWhatLookingAtEachRowFinds(mapped: Int, later: Int) throws {
        let table = try table(mapped: mapped, later: later)
        for queryCount in [1, 2, 3, 4, 7, 16] {
            let queries = (0..<queryCount).map { _ in vector() }
            var allowed = RowBits(rowCount: table.rowCount, isFull: false)
            for row in 0..<table.rowCount where row % 3 != 1 { allowed.insert(row) }
            for (count, rows) in [(1, nil), (50, nil), (50, allowed), (2_000, allowed)] {
                var scan = VectorScan(table, queries: queries, count: count, allowed: rows)
                while !scan.isDone { scan.advance(maxRows: 97 + count) }
                let found = scan.nearest()
                #expect(found == queries.map { naive(table, $0, count, rows) })
            }
        }
    }

    @Test func nothingIsFoundInNothing() {
        let empty = Int8VectorTable(dimension: 0, rows: [])
        let scan = VectorScan(empty, queries: [], count: 5)
        #expect(scan.isDone && scan.nearest().isEmpty)
        let query = Int8Vector(values: [1, 2], scale: 1)
        let none = VectorScan(
            Int8VectorTable(dimension: 2, rows: []), queries: [query], count: 5)
        #expect(none.isDone && none.nearest() == [[]])
    }

    @Test mutating func aPieceIsNoLongerThanAsked() throws {
        let table = try table(mapped: 0, later: 1_000)
        var scan = VectorScan(table, queries: [vector()], count: 5)
        var pieces = 0
        while !scan.isDone {
            scan.advance(maxRows: 100)
            pieces += 1
        }
        #expect(pieces == 10)
    }
}
