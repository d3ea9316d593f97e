internal import Base

/// The bytes that a store keeps of `ItemBehaviour`.
enum ItemBehaviourCodec {
    private static let version: UInt8 = 1

    static func encode(_ behaviour: ItemBehaviour) -> [UInt8] {
        let neighbours = behaviour.neighbours
        var writer = ByteWriter()
        writer.fixed(version)
        writer.fixed(UInt8(behaviour.asOfUnixNanoseconds == nil ? 0 : 1))
        writer.fixed(behaviour.asOfUnixNanoseconds ?? 0)
        writer.fixed(behaviour.eventCount)
        writer.fixed(Int64(behaviour.sessionCount))
        writer.count(neighbours.count)
        for number in 0..<neighbours.count {
            writer.string(neighbours.ids[number])
            writer.count(Int(neighbours.sessionCounts[number]))
            for column in behaviour.purchases.counts { writer.count(Int(column[number])) }
            let near = neighbours.neighbours(of: number)
            writer.count(near.count)
            for neighbour in near {
                writer.count(Int(neighbour.number))
                writer.float(neighbour.similarity)
            }
        }
        return writer.bytes
    }

    static func decode(_ bytes: [UInt8]) throws(Fault) -> ItemBehaviour {
        var reader = ByteReader(bytes, what: "the store's item neighbours")
        guard try reader.fixed(UInt8.self) == version else {
            throw reader.damaged("its version is unknown")
        }
        let isKnown = try reader.fixed(UInt8.self) == 1
        let asOf = try reader.fixed(Int64.self)
        let eventCount = try reader.fixed(Int64.self)
        let sessionCount = Int(clamping: try reader.fixed(Int64.self))
        var columns = Columns(count: try reader.count())
        for _ in 0..<columns.count { try columns.read(&reader) }
        guard reader.isAtEnd else { throw reader.damaged("there is more after its end") }
        return ItemBehaviour(
            neighbours: ItemNeighbours(
                ids: columns.ids, sessionCounts: columns.sessionCounts, ends: columns.ends,
                all: columns.all),
            purchases: WindowedPurchases(counts: columns.purchases),
            asOfUnixNanoseconds: isKnown ? asOf : nil, eventCount: eventCount,
            sessionCount: sessionCount)
    }

    private struct Columns {
        let count: Int
        var ids: [String] = []
        var sessionCounts: [Int32] = []
        var ends: [Int32] = []
        var all: [ItemNeighbours.Neighbour] = []
        var purchases = WindowedPurchases.windowDays.map { _ in [Int32]() }

        mutating func read(_ reader: inout ByteReader) throws(Fault) {
            ids.append(try reader.string())
            sessionCounts.append(try Self.number(&reader))
            for window in purchases.indices { purchases[window].append(try Self.number(&reader)) }
            for _ in 0..<(try reader.count(minimumBytes: 5)) {
                let number = try Self.number(&reader)
                guard Int(number) < count else { throw reader.damaged("a neighbour is nobody") }
                let similarity = try reader.float()
                guard similarity > 0, similarity <= 1 else {
                    throw reader.damaged("a similarity is out of range")
                }
                all.append(.init(number: number, similarity: similarity))
            }
            ends.append(Int32(all.count))
        }

        private static func number(_ reader: inout ByteReader) throws(Fault) -> Int32 {
            let value = try reader.unsigned(maxShift: 28, of: "a count")
            guard let number = Int32(exactly: value) else { throw reader.damaged("a large count") }
            return number
        }
    }
}
