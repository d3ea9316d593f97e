/// What all users did over time: counts by window, windows that stand out, categories that come and go.
public struct BehaviourReport: Sendable, Equatable {
    public struct Row: Sendable, Equatable {
        /// When the window began.
        public var unixNanoseconds: Int64
        /// Users with an event in it.
        public var activeUsers: Int64
        /// In the order of `types`.
        public var counts: [Int64]
    }

    /// A window with far more or fewer events of a type than usual.
    public struct Spike: Sendable, Equatable {
        public var unixNanoseconds: Int64
        public var type: EventType
        public var count: Int64
        /// At this hour of the week or day of the week; see `SeasonalSpikes`.
        public var usual: Double
        /// Robust deviations from the usual; below 0 for too few.
        public var score: Double
        /// The category that did most of it; empty when none is known.
        public var category: String
        /// What was searched for most, of a spike of searches; empty when few searched for it.
        public var query: String

        fileprivate func isMoreOutstanding(than other: Spike) -> Bool {
            if abs(score) != abs(other.score) { return abs(score) > abs(other.score) }
            if unixNanoseconds != other.unixNanoseconds {
                return unixNanoseconds < other.unixNanoseconds
            }
            return type.rawValue < other.type.rawValue
        }
    }

    /// How often a category was dealt with lately and before.
    public struct CategoryTrend: Sendable, Equatable {
        public var category: String
        public var recentCount: Int64
        public var earlierCount: Int64
        /// Of its share of all events: 0.5 is half as much again; nil when it is new.
        public var change: Double?
        /// Standard deviations of the difference that chance would make.
        public var score: Double
        /// Events by eighths of the time that was compared.
        public var course: [Int64]
    }

    public var window: BehaviourWindow
    public var eventCount: Int64
    public var userCount: Int
    /// Those that there are.
    public var types: [EventType]
    /// Every window from the first to the last, also those without events.
    public var rows: [Row]
    /// The most outstanding first.
    public var spikes: [Spike]
    /// The clearest first.
    public var categoryTrends: [CategoryTrend]
    /// Days on either side of what trends compare.
    public var trendDays: Int
}

extension BehaviourReport {
    /// What is watched for spikes.
    private static let watched: [EventType] = [.view, .search, .purchase]
    /// Whole weeks, so that days of the week do not differ.
    private static let maxTrendDays = 28
    private static let courseCount = 8
    /// Searches of one kind that may be named: fewer could point at somebody.
    private static let minQueryCount: Int64 = 5

    init(_ counts: BehaviourCounts) {
        window = counts.window
        eventCount = counts.eventCount
        userCount = counts.userCount
        types = EventType.allCases.filter { counts.counts[.init(type: $0)] != nil }
        rows = []
        spikes = []
        categoryTrends = []
        trendDays = 0
        guard let range = counts.range else { return }
        let columns = types.map { counts.series(.init(type: $0), in: range) }
        rows = range.enumerated().map { position, index in
            Row(
                unixNanoseconds: counts.window.start(of: index),
                activeUsers: counts.activeUsers[index] ?? 0,
                counts: columns.map { $0[position] })
        }
        spikes = Self.watched.flatMap { Self.spikes(of: $0, counts, range) }
            .sorted { $0.isMoreOutstanding(than: $1) }
        (categoryTrends, trendDays) = Self.trends(counts, range)
    }

    private static func spikes(
        of type: EventType, _ counts: BehaviourCounts, _ range: ClosedRange<Int64>
    ) -> [Spike] {
        let period = counts.window.period
        let series = counts.series(.init(type: type), in: range).map(Double.init)
        let found = SeasonalSpikes.find(in: series, period: period)
        if found.isEmpty { return [] }
        let categories: [(name: String, series: [Double])] = counts.allCategories.map { name in
            (name, counts.series(.init(type: type, category: name), in: range).map(Double.init))
        }
        return found.map { spike in
            let index = range.lowerBound + Int64(spike.position)
            let category = Self.cause(of: spike, among: categories, period: period)
            return Spike(
                unixNanoseconds: counts.window.start(of: index), type: type,
                count: Int64(spike.count), usual: spike.usual, score: spike.score,
                category: category,
                query: type == .search ? query(in: index, counts) : "")
        }
    }

    /// The category whose difference has the spike's direction, and is largest; empty without one.
    private static func cause(
        of spike: SeasonalSpikes.Spike, among categories: [(name: String, series: [Double])],
        period: Int
    ) -> String {
        var largest = (name: "", excess: 0.0)
        for (name, series) in categories {
            let usual = SeasonalSpikes.usual(at: spike.position, of: series, period: period) ?? 0
            let difference = series[spike.position] - usual
            let excess = spike.score < 0 ? -difference : difference
            if excess > largest.excess { largest = (name, excess) }
        }
        return largest.name
    }

    private static func query(in window: Int64, _ counts: BehaviourCounts) -> String {
        let most = counts.queries.filter { $0.key.window == window }
            .max { $0.value != $1.value ? $0.value < $1.value : $0.key.text > $1.key.text }
        guard let most, most.value >= minQueryCount else { return "" }
        return most.key.text
    }

    /// The last four weeks against the four before; two halves of what is shorter.
    private static func trends(
        _ counts: BehaviourCounts, _ range: ClosedRange<Int64>
    ) -> ([CategoryTrend], Int) {
        let windowsPerDay = 86_400 * 1e9 / Double(counts.window.nanoseconds)
        let half = min(
            range.count / 2, Int((Double(maxTrendDays) * windowsPerDay).rounded()))
        if half == 0 { return ([], 0) }
        let compared = (range.upperBound - Int64(2 * half) + 1)...range.upperBound
        let series = counts.allCategories.map { name in
            (name, interest(in: name, counts, compared))
        }
        let recentTotal = Double(series.reduce(0) { $0 + $1.1[half...].reduce(0, +) })
        let earlierTotal = Double(series.reduce(0) { $0 + $1.1[..<half].reduce(0, +) })
        let growth = earlierTotal > 0 ? recentTotal / earlierTotal : 1
        let trends = series.map { name, counts in
            let recent = counts[half...].reduce(0, +)
            let earlier = counts[..<half].reduce(0, +)
            let expected = Double(earlier) * growth
            let spread = max(1, Double(recent) + expected).squareRoot()
            return CategoryTrend(
                category: name, recentCount: recent, earlierCount: earlier,
                change: expected > 0 ? Double(recent) / expected - 1 : nil,
                score: (Double(recent) - expected) / spread, course: course(of: counts))
        }
        let sorted = trends.filter { $0.recentCount + $0.earlierCount > 0 }.sorted {
            abs($0.score) != abs($1.score)
                ? abs($0.score) > abs($1.score) : $0.category < $1.category
        }
        return (sorted, Int((Double(half) / windowsPerDay).rounded()))
    }

    /// Events of all types but impressions, which are the shop's doing.
    private static func interest(
        in category: String, _ counts: BehaviourCounts, _ range: ClosedRange<Int64>
    ) -> [Int64] {
        var sums = [Int64](repeating: 0, count: range.count)
        for type in EventType.allCases where type != .impression {
            guard counts.counts[.init(type: type, category: category)] != nil else { continue }
            let series = counts.series(.init(type: type, category: category), in: range)
            for i in sums.indices { sums[i] += series[i] }
        }
        return sums
    }

    private static func course(of counts: [Int64]) -> [Int64] {
        let parts = min(courseCount, counts.count)
        return (0..<parts).map { part in
            counts[counts.count * part / parts..<counts.count * (part + 1) / parts].reduce(0, +)
        }
    }
}
