// Counts for metrics, in the form that Prometheus and OpenTelemetry have: how many values were at most
// each bound, and the sum of all. Any thread records, any reads: relaxed, since each number stands for
// itself. A record is two uncontended additions.

private import Synchronization

public final class SharedHistogram: @unchecked Sendable {
    // Safe: the cells are atomics, and where they lie is written in init only.

    /// Upper bounds, ascending; what is above the last is counted too.
    public let bounds: [UInt64]
    /// A count a bound, one for what is above, and the sum.
    private let cells: UnsafeMutablePointer<Atomic<Int>>

    /// Of durations in nanoseconds: OpenTelemetry's advice for `rpc.server.call.duration`, 5 ms to 10 s,
    /// and finer ones below it, where a call without a text to encode is.
    public static let durations: [UInt64] = [
        50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000,
        50_000_000, 75_000_000, 100_000_000, 250_000_000, 500_000_000, 750_000_000, 1_000_000_000,
        2_500_000_000, 5_000_000_000, 7_500_000_000, 10_000_000_000,
    ]
    /// Of tokens in a batch.
    public static let tokens: [UInt64] = [
        8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192,
    ]

    public init(_ bounds: [UInt64] = durations) {
        self.bounds = bounds
        cells = .allocate(capacity: bounds.count + 2)
        for index in 0..<bounds.count + 2 { (cells + index).initialize(to: Atomic(0)) }
    }

    deinit {
        cells.deinitialize(count: bounds.count + 2)
        cells.deallocate()
    }

    public func record(_ value: UInt64) {
        var bucket = 0
        while bucket < bounds.count, value > bounds[bucket] { bucket += 1 }
        cells[bucket].wrappingAdd(1, ordering: .relaxed)
        cells[bounds.count + 1].wrappingAdd(Int(truncatingIfNeeded: value), ordering: .relaxed)
    }

    public var reading: HistogramReading {
        var reading = HistogramReading(bounds: bounds)
        for bucket in 0...bounds.count {
            reading.counts[bucket] = cells[bucket].load(ordering: .relaxed)
        }
        reading.sum = cells[bounds.count + 1].load(ordering: .relaxed)
        return reading
    }
}

/// What a histogram held at a moment.
public struct HistogramReading: Sendable, Equatable {
    public let bounds: [UInt64]
    /// One a bound, not added up, and one for what is above the last.
    public var counts: [Int]
    public var sum = 0

    public init(bounds: [UInt64]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    public var count: Int { counts.reduce(0, +) }

    /// - Parameter other: of the same bounds.
    public mutating func add(_ other: HistogramReading) {
        precondition(bounds == other.bounds, "histograms of different bounds")
        for bucket in counts.indices { counts[bucket] += other.counts[bucket] }
        sum += other.sum
    }
}
