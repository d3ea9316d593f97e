import Base
import Testing

@testable import Store

@Suite struct ItemNeighboursTests {
    private static let day: Int64 = 86_400 * 1_000_000_000

    /// - Parameter sessions: items of one user's days, a purchase each.
    private func behaviour(_ users: [[[String]]]) -> ItemBehaviour {
        var builder = ItemBehaviourBuilder()
        for days in users {
            for (day, items) in days.enumerated() {
                for item in items {
                    builder.add(
                        itemId: item, type: .purchase, unixNanoseconds: Int64(day) * Self.day)
                }
            }
            builder.finishUser()
        }
        return builder.build()
    }

    private func neighbours(_ behaviour: ItemBehaviour, of id: String) throws -> [String] {
        let neighbours = behaviour.neighbours
        let number = try #require(neighbours.number(of: id))
        return neighbours.neighbours(of: number).map { neighbours.ids[Int($0.number)] }
    }

    @Test func whatIsChosenTogetherIsNear() throws {
        let made = behaviour([
            [["bread", "butter"], ["bread", "butter", "nails"], ["hammer", "nails"]],
            [["bread", "butter", "milk"], ["hammer", "nails"], ["bread", "milk"]],
        ])
        #expect(try neighbours(made, of: "bread") == ["butter", "milk"])
        #expect(try neighbours(made, of: "hammer") == ["nails"])
        #expect(made.sessionCount == 6 && made.eventCount == 14)
    }

    @Test func similarityIsTheShrunkCosine() throws {
        let made = behaviour([[["a", "b"], ["a", "b"], ["a", "c"], ["a"]]])
        let neighbours = made.neighbours
        let near = neighbours.neighbours(of: try #require(neighbours.number(of: "a")))
        // Together twice, a four times, b twice; c once with a, which is too seldom.
        #expect(near.map(\.similarity) == [2 / Float(8).squareRoot() * 2 / 6])
    }

    @Test func daysAndUsersPartSessions() throws {
        let apart = behaviour([[["a"], ["b"], ["a"], ["b"]], [["a"], ["b"]]])
        #expect(apart.sessionCount == 6)
        #expect(try neighbours(apart, of: "a").isEmpty)
    }

    @Test func looksCountWhereNothingWasChosen() throws {
        var builder = ItemBehaviourBuilder()
        for _ in 0..<2 {
            for item in ["a", "b"] { builder.add(itemId: item, type: .view, unixNanoseconds: 0) }
            builder.finishUser()
            builder.add(itemId: "a", type: .view, unixNanoseconds: 0)
            for item in ["c", "d"] { builder.add(itemId: item, type: .cart, unixNanoseconds: 0) }
            builder.add(itemId: "e", type: .impression, unixNanoseconds: 0)
            builder.finishUser()
        }
        let made = builder.build()
        #expect(try neighbours(made, of: "a") == ["b"])
        #expect(try neighbours(made, of: "c") == ["d"])
        #expect(made.neighbours.number(of: "e") == nil)
    }

    @Test func purchasesAreCountedByWindow() throws {
        let made = behaviour([(0..<100).map { $0 == 0 ? ["old", "often"] : ["often"] }])
        let often = try #require(made.neighbours.number(of: "often"))
        let old = try #require(made.neighbours.number(of: "old"))
        #expect(made.purchases.counts.map { $0[often] } == [7, 28, 91])
        #expect(made.purchases.counts.map { $0[old] } == [0, 0, 0])
        #expect(made.asOfUnixNanoseconds == 99 * Self.day)
    }

    @Test func bytesComeBackAndDamageIsSeen() throws {
        let made = behaviour([[["a", "b"], ["a", "b"], ["c"]]])
        let bytes = ItemBehaviourCodec.encode(made)
        let back = try ItemBehaviourCodec.decode(bytes)
        #expect(ItemBehaviourCodec.encode(back) == bytes)
        #expect(back.neighbours.neighbours(of: 0) == made.neighbours.neighbours(of: 0))
        for cut in 0..<bytes.count {
            #expect(throws: Fault.self) { try ItemBehaviourCodec.decode(Array(bytes[..<cut])) }
        }
        #expect(throws: Fault.self) { try ItemBehaviourCodec.decode(bytes + [0]) }
    }
}
