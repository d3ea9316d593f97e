import Base
import Foundation
import Inference

/// Random vectors, and the scan that is too simple to be wrong.
enum ScanWorkload {
    static func vector(_ dimension: Int, _ random: inout SeededRandom) -> Int8Vector {
        var values: [Int8] = []
        values.reserveCapacity(dimension)
        while values.count < dimension {
            let word = random.next()
            for place in 0..<min(8, dimension - values.count) {
                values.append(
                    max(-127, Int8(truncatingIfNeeded: word >> UInt64(8 * place))))
            }
        }
        return Int8Vector(
            values: values, scale: Float.random(in: 0.5...1, using: &random) / 1_000)
    }

    /// A segment with rising keys.
    static func write(
        rows: Int, dimension: Int, path: String, random: inout SeededRandom
    ) throws {
        var values: [Int8] = []
        values.reserveCapacity(rows * dimension)
        var scales: [Float] = []
        for _ in 0..<rows {
            let vector = vector(dimension, &random)
            values += vector.values
            scales.append(vector.scale)
        }
        let table = Int8VectorTable(dimension: dimension, values: values, scales: scales)
        let keyed = (0..<rows).map { row in
            var key = [UInt8](repeating: 0, count: VectorKey.byteCount)
            for place in 0..<4 { key[place] = UInt8(truncatingIfNeeded: row >> (24 - 8 * place)) }
            return (key: VectorKey(key.span), row: row)
        }
        try VectorSegment.write(keyed, of: table, path: path)
    }

    /// All similarities, sorted.
    static func naive(
        _ table: Int8VectorTable, _ query: Int8Vector, count: Int
    ) -> [VectorScan.Hit] {
        let similarities = (0..<table.rowCount).map { table.dot(query, row: $0) }
        let rows = similarities.indices.sorted {
            similarities[$0] != similarities[$1]
                ? similarities[$0] > similarities[$1] : $0 < $1
        }
        return rows.prefix(count).map { .init(row: $0, similarity: similarities[$0]) }
    }

    static func checksum(_ found: [[[VectorScan.Hit]]]) -> String {
        var sum: UInt64 = 0xcbf2_9ce4_8422_2325
        for hit in found.joined().joined() {
            for word in [UInt64(hit.row), UInt64(hit.similarity.bitPattern)] {
                sum = (sum ^ word) &* 0x100_0000_01b3
            }
        }
        return String(sum, radix: 16)
    }
}
