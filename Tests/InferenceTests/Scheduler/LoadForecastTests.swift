// What a run's answers say of batches, and what the simulator makes of it.

import Base
import Inference
import Testing

@testable import rankwire_bench

@Suite("Load forecast")
struct LoadForecastTests {
    private let start: UInt64 = 1_000_000_000

    private func record(_ encodings: [LoadEncoding]) -> LoadRecord {
        var record = LoadRecord()
        record.start = MonotonicTime(nanoseconds: start)
        record.encodings = encodings
        return record
    }

    /// A text of a batch that took so long, answered so long after the start.
    private func encoding(
        _ text: Int, tokens: Int, batchMs: Double, atMs: Double, latencyMs: Double = 0
    ) -> LoadEncoding {
        LoadEncoding(
            text: text, tokens: tokens, nanoseconds: UInt64(batchMs * 1e6),
            answered: MonotonicTime(nanoseconds: start + UInt64(atMs * 1e6)),
            latencyNanoseconds: UInt64(latencyMs * 1e6))
    }

    private func alone(pathMs: Double = 0) -> LoadRecord {
        record([encoding(0, tokens: 10, batchMs: 1, atMs: 0, latencyMs: 1 + pathMs)])
    }

    @Test("answers of one batch are one batch, and sizes have the average of theirs")
    func batches() throws {
        let run = record([
            encoding(0, tokens: 10, batchMs: 2, atMs: 1),
            encoding(1, tokens: 12, batchMs: 2, atMs: 1),
            encoding(2, tokens: 18, batchMs: 4, atMs: 7),
            // As long to the nanosecond, but much later: another batch.
            encoding(3, tokens: 4, batchMs: 2, atMs: 99),
        ])
        let forecast = try LoadForecast(run: run, alone: alone(), batchTokens: 32, workers: 1)
        #expect(forecast.costs.points.map(\.tokens) == [4, 20])
        #expect(forecast.costs.points.map(\.nanoseconds) == [2_000_000, 3_000_000])
    }

    @Test("a batch costs what batches cost at that moment, and the way is added")
    func moments() throws {
        // The machine is three times as slow in the second half.
        let run = record([
            encoding(0, tokens: 10, batchMs: 1, atMs: 1),
            encoding(1, tokens: 10, batchMs: 3, atMs: 103),
        ])
        let forecast = try LoadForecast(
            run: run, alone: alone(pathMs: 0.5), batchTokens: 32, workers: 1)
        let latencies = LoadReport.Latency(
            forecast.latencies(
                offsets: [0, 100_000_000], textCount: 2, deadlineMs: nil, seed: 1))
        #expect(latencies.count == 2)
        #expect(abs(latencies.p50Ms - 1.5) < 0.01)
        #expect(abs(latencies.maxMs - 3.5) < 0.01)
    }

    @Test("answers that tell nothing of the encoder are refused")
    func nothing() {
        #expect(throws: Fault.self) {
            try LoadForecast(run: record([]), alone: alone(), batchTokens: 32, workers: 1)
        }
    }
}
