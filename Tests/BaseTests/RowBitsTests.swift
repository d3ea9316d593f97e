import Base
import Testing

@Suite struct RowBitsTests {
    @Test(arguments: [0, 1, 63, 64, 65, 200]) func aFullSetHasEveryRowAndNoOther(count: Int) {
        let full = RowBits(rowCount: count, isFull: true)
        #expect(full.count == count)
        #expect((0..<count).allSatisfy(full.contains))
        var none = full
        none.invert()
        #expect(none == RowBits(rowCount: count, isFull: false) && none.count == 0)
    }

    @Test func itIsTheSetOfItsRows() {
        var random = SeededRandom(seed: 1)
        var (set, other) = (
            RowBits(rowCount: 300, isFull: false), RowBits(rowCount: 300, isFull: false)
        )
        var (rows, otherRows): (Set<Int>, Set<Int>) = ([], [])
        for _ in 0..<1_000 {
            let row = Int.random(in: 0..<300, using: &random)
            if Bool.random(using: &random) {
                set.insert(row)
                rows.insert(row)
            } else {
                set.remove(row)
                rows.remove(row)
            }
            if row % 3 == 0 {
                other.insert(row)
                otherRows.insert(row)
            }
        }
        #expect((0..<300).allSatisfy { set.contains($0) == rows.contains($0) })
        set.formIntersection(other)
        #expect(set.count == rows.intersection(otherRows).count)
    }

    @Test func aKeyGivesItsScoreBack() {
        for score: Float in [-.infinity, -2.5, -0, 0, 1e-30, 0.5, 3, .infinity] {
            #expect(TopK.score(TopK.key(score)) == score)
        }
        var best = TopK(capacity: 2)
        #expect(best.leastKey == nil)
        for (index, score) in [Float(1), 3, 2].enumerated() {
            best.offer(key: TopK.key(score), index: Int32(index))
        }
        #expect(best.leastKey == TopK.key(2))
    }
}
