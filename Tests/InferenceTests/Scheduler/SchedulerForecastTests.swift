import Base
import Foundation
import Inference
import Testing

@Suite("Scheduler forecast")
struct SchedulerForecastTests {
    private let costs = CostCurve(points: [.init(tokens: 10, nanoseconds: 10_000)])

    private func arrivals(_ moments: [UInt64], tokens: Int = 10) -> [SchedulerForecast.Arrival] {
        moments.map { .init(moment: MonotonicTime(nanoseconds: $0), tokens: tokens) }
    }

    @Test("who comes to an idle worker waits for its own text only; others wait their turn")
    func oneWorker() {
        let latencies = SchedulerForecast.latencies(
            of: arrivals([0, 2_000, 50_000]), costs: costs)
        #expect(latencies == [10_000, 18_000, 10_000])
    }

    @Test("two workers work at once")
    func twoWorkers() {
        let latencies = SchedulerForecast.latencies(
            of: arrivals([0, 0, 0]), costs: costs, workerCount: 2)
        #expect(latencies == [10_000, 10_000, 20_000])
    }

    @Test("what cannot be in time has no latency")
    func refused() {
        var late = arrivals([0, 0, 0])
        late[2].deadline = MonotonicTime(nanoseconds: 15_000)
        #expect(
            SchedulerForecast.latencies(of: late, costs: costs) == [10_000, 20_000, nil])
    }

    @Test("costs lie on the line between two points and in proportion beyond them")
    func interpolation() {
        let curve = CostCurve(points: [
            .init(tokens: 10, nanoseconds: 1_000), .init(tokens: 20, nanoseconds: 1_500),
        ])
        #expect(
            [5, 10, 15, 20, 40].map { curve.nanoseconds(tokens: $0) } == [
                500, 1_000, 1_250, 1_500, 3_000,
            ])
    }

    @Test("at half as much again as can be done, nearly all that can be done is done in time")
    func overload() {
        var random = SeededRandom(seed: 7)
        let nanosecondsPerToken = 27_000.0
        let costs = CostCurve(points: [
            .init(tokens: 32, nanoseconds: UInt64(32 * nanosecondsPerToken))
        ])
        var arrivals: [SchedulerForecast.Arrival] = []
        var offered = 0
        var moment = 1e9
        while moment < 6e9 {
            let tokens = Int.random(in: 4...40, using: &random)
            offered += tokens
            // Exponential gaps; a text is 22 tokens on average.
            let mean = 22 * nanosecondsPerToken / 1.5
            moment -= mean * log(1 - Double.random(in: 0..<1, using: &random))
            let arrival = MonotonicTime(nanoseconds: UInt64(moment))
            arrivals.append(
                .init(
                    moment: arrival, tokens: tokens,
                    deadline: arrival.advanced(byNanoseconds: 50_000_000)))
        }
        let latencies = SchedulerForecast.latencies(of: arrivals, costs: costs)
        var inTime = 0
        for (arrival, latency) in zip(arrivals, latencies) {
            if let latency, latency <= 50_000_000 { inTime += arrival.tokens }
        }
        let capacity = Int(5e9 / nanosecondsPerToken)
        #expect(offered > capacity * 14 / 10)
        #expect(inTime >= capacity * 97 / 100)
    }
}
