import Inference
import Store
import Testing

@testable import Ranking

@Suite struct DiversifierTests {
    /// Three texts: items 0, 1 and 2 share one, 3 has one that is half like it, 4 another, 5 none.
    private let table = ItemTable(
        items: (0..<6).map { Item(id: "\($0)") },
        vectors: Int8VectorTable(
            dimension: 2,
            rows: [[1, 0], [0.5, 0.866], [0, 1]].map { Int8Vector(quantizing: $0) }),
        vectorRows: [0, 0, 0, 1, 2, -1], popularity: [0, 0, 0, 0, 0, 0])

    private func order(_ strength: Float, _ logits: [Float]) -> [Int] {
        var diversifier = Diversifier(
            (0..<6).map { Int32($0) }, logits: logits, strength: strength, table: table)
        while !diversifier.isDone { diversifier.advance(maxCount: 1) }
        return diversifier.finish()
    }

    @Test func withoutStrengthTheOrderStays() {
        #expect(order(0, [6, 5, 4, 3, 2, 1]) == [0, 1, 2, 3, 4, 5])
    }

    @Test func whatIsUnlikeTheFirstComesSooner() {
        let half = order(0.5, [6, 5.9, 5.8, 5, 4.9, 1])
        // The second and third are the first over again; the fifth differs most of what is good.
        #expect(half[0] == 0 && half[1] == 4)
        #expect(half.sorted() == [0, 1, 2, 3, 4, 5])
    }

    @Test func atFullStrengthOnlyUnlikenessCounts() {
        #expect(order(1, [6, 5, 4, 3, 2, 1]).prefix(3) == [0, 4, 5])
    }

    @Test func theFirstOfEqualOnesIsTaken() {
        #expect(order(0.5, [1, 1, 1, 1, 1, 1]).first == 0)
    }

    @Test func whatIsBeyondTheLimitKeepsItsPlace() {
        let count = 700
        let large = ItemTable(
            items: (0..<count).map { Item(id: "\($0)") }, vectors: table.vectors,
            vectorRows: (0..<count).map { Int32($0 % 3) }, popularity: (0..<count).map { _ in 0 })
        var diversifier = Diversifier(
            (0..<Int32(count)).map { $0 }, logits: (0..<count).map { -Float($0) }, strength: 0.5,
            table: large)
        var pieces = 0
        while !diversifier.isDone {
            diversifier.advance(maxCount: 32)
            pieces += 1
        }
        #expect(pieces > 1)
        let order = diversifier.finish()
        #expect(order.sorted() == Array(0..<count))
        #expect(Array(order.suffix(100)) == Array(600..<700))
    }
}
