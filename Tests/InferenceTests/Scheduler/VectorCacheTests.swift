import Base
import Dispatch
import Testing

@testable import Inference

@Suite("Vector cache")
struct VectorCacheTests {
    private func key(_ number: UInt64) -> TextKey { TextKey(low: number, high: number) }

    @Test("what was put in comes out, and nothing else does")
    func hits() {
        let cache = VectorCache(dimension: 2, maxBytes: 1 << 20)
        cache.insert(key(1), [1, 2])
        cache.insert(key(2), [3, 4])
        var vectors: [Float] = []
        #expect(cache.append(key(2), to: &vectors))
        #expect(!cache.append(key(3), to: &vectors))
        #expect(cache.append(key(1), to: &vectors))
        #expect(vectors == [3, 4, 1, 2])
    }

    @Test("a clock is full at its capacity, and what was asked for outlives what was not")
    func clock() {
        var clock = VectorClock(dimension: 1, capacity: 4)
        for number in 1...4 { clock.insert(key(UInt64(number)), [Float(number)]) }
        var out: [Float] = []
        #expect(clock.append(key(1), to: &out) && clock.append(key(3), to: &out))
        clock.insert(key(5), [5])
        clock.insert(key(6), [6])
        #expect(clock.count == 4)
        out = []
        let isThere = (1...6).map { clock.append(key(UInt64($0)), to: &out) }
        #expect(isThere == [true, false, true, false, true, true])
        #expect(out == [1, 3, 5, 6])
    }

    @Test("texts that come once do not push out one that comes again")
    func scan() {
        var clock = VectorClock(dimension: 1, capacity: 8)
        clock.insert(key(0), [0])
        var out: [Float] = []
        for number in 1...1_000 {
            #expect(clock.append(key(0), to: &out))
            clock.insert(key(UInt64(number)), [1])
        }
    }

    @Test("never more bytes than it may have; too few for anything turns it off")
    func bound() {
        let maxBytes = 100_000
        let cache = VectorCache(dimension: 3, maxBytes: maxBytes)
        for number in 0..<10_000 { cache.insert(key(UInt64(number)), [1, 2, 3]) }
        #expect(cache.byteCount <= maxBytes)
        #expect(cache.byteCount > maxBytes * 9 / 10)
        let off = VectorCache(dimension: 3, maxBytes: 0)
        off.insert(key(1), [1, 2, 3])
        #expect(off.isOff && off.byteCount == 0)
    }

    @Test("threads that put in and ask at once see whole vectors only")
    func threads() {
        let cache = VectorCache(dimension: 16, maxBytes: 64 * 1_024)
        DispatchQueue.concurrentPerform(iterations: 4) { thread in
            var random = SeededRandom(seed: UInt64(thread))
            for _ in 0..<5_000 {
                let number = UInt64.random(in: 0..<2_000, using: &random)
                var found: [Float] = []
                if cache.append(key(number), to: &found) {
                    #expect(found == Array(repeating: Float(number), count: 16))
                } else {
                    cache.insert(key(number), Array(repeating: Float(number), count: 16)[...])
                }
            }
        }
    }
}
