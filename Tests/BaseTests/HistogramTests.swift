import Base
import Dispatch
import Testing

@Suite struct HistogramTests {
    @Test func aValueIsInTheFirstBucketThatHoldsIt() {
        let histogram = SharedHistogram([10, 20, 40])
        for value: UInt64 in [0, 10, 11, 20, 21, 40, 41, 1_000] { histogram.record(value) }
        let reading = histogram.reading
        #expect(reading.counts == [2, 2, 2, 2])
        #expect(reading.count == 8)
        #expect(reading.sum == 1_143)
    }

    @Test func readingsOfLoopsAddUp() {
        let (left, right) = (SharedHistogram([5]), SharedHistogram([5]))
        left.record(1)
        right.record(2)
        right.record(9)
        var sum = left.reading
        sum.add(right.reading)
        #expect(sum.counts == [2, 1])
        #expect(sum.sum == 12)
    }

    @Test func nothingIsLostWhenThreadsRecordTogether() {
        let histogram = SharedHistogram([100])
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            for value: UInt64 in 0..<1_000 { histogram.record(value) }
        }
        #expect(histogram.reading.count == 4_000)
        #expect(histogram.reading.counts == [404, 3_596])
        #expect(histogram.reading.sum == 4 * 499_500)
    }

    @Test func boundsAscend() {
        for bounds in [SharedHistogram.durations, SharedHistogram.tokens] {
            #expect(bounds == bounds.sorted())
            #expect(Set(bounds).count == bounds.count)
        }
    }
}
