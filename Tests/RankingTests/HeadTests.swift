import Base
import Testing

@testable import Ranking

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct HeadTests {
    @Test func exponentialAgreesWithTheSystemsToTheFourteenthDigit() {
        var random = SeededRandom(seed: 11)
        for _ in 0..<20_000 {
            let x = Double.random(in: -700...700, using: &random)
            let expected = Glibc.exp(x)
            #expect(abs(Exponential.exp(x) - expected) <= 1e-14 * expected)
        }
        #expect(Exponential.exp(0) == 1)
        #expect(Exponential.exp(-.infinity) == Exponential.exp(-700))
        #expect(Exponential.exp(.infinity).isFinite)
        #expect(Exponential.exp(.nan).isNaN)
    }

    @Test func logisticRisesFromZeroToOneAndIsSymmetric() {
        #expect(Exponential.logistic(0) == 0.5)
        #expect(Exponential.logistic(-1_000) >= 0 && Exponential.logistic(-1_000) < 1e-30)
        #expect(Exponential.logistic(1_000) == 1)
        var last: Float = 0
        for step in -4_000...4_000 {
            let x = Float(step) / 100
            let probability = Exponential.logistic(x)
            #expect(probability >= last)
            #expect(abs(probability + Exponential.logistic(-x) - 1) < 1e-6)
            last = probability
        }
    }

    @Test(arguments: 0..<30) func topKIsTheHeadOfTheSortedWhole(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let count = Int.random(in: 0...300, using: &random)
        let keys = (0..<count).map { _ in Int64.random(in: -20...20, using: &random) }
        let capacity = Int.random(in: 0...320, using: &random)
        var order = Array(keys.indices)
        var best = TopK(capacity: capacity)
        order.shuffle(using: &random)
        for index in order { best.offer(key: keys[index], index: Int32(index)) }
        let expected = keys.indices.sorted {
            keys[$0] != keys[$1] ? keys[$0] > keys[$1] : $0 < $1
        }
        #expect(best.sorted().map { Int($0.index) } == Array(expected.prefix(capacity)))
    }

    @Test func keysOrderAsTheirNumbers() {
        let numbers: [Float] = [
            -.infinity, -3e38, -1, -1e-30, 0, 1e-30, 0.5, 1, 3e38, .infinity,
        ]
        for (smaller, larger) in zip(numbers, numbers.dropFirst()) {
            #expect(TopK.key(smaller) < TopK.key(larger))
        }
        #expect(TopK.key(-0.0) == TopK.key(0.0))
    }

    @Test func codeTableHoldsWhatItWasSizedFor() {
        var table = CodeTable<Int>(capacity: 100)
        for code in 0..<100 { table.insert(Int32(code * 7_919), code) }
        #expect(table.count == 100)
        for code in 0..<100 { #expect(table[Int32(code * 7_919)] == code) }
        #expect(table[5] == nil)
        table.insert(0, 42)
        #expect(table[0] == 42)
        table.insert(5, 1)
        #expect(table[5] == nil)
        #expect(CodeTable<Int>(capacity: 0)[3] == nil)
    }
}
