/// Windows in which there was much more or less than is usual at that hour or day.
///
/// What is usual is the median of the same hour or weekday in the four periods before and after: a
/// median, so that one spike does not hide another, and on both sides, so that growth is none. Counts
/// vary as their root (Poisson), and real ones by more than that: differences are measured in roots of
/// the usual count, and these in units of their own median absolute deviation (Iglewicz & Hoaglin,
/// How to Detect and Handle Outliers, 1993).
struct SeasonalSpikes {
    struct Spike: Equatable {
        /// Position in the series.
        var position: Int
        var count: Double
        var usual: Double
        /// Robust deviations from the usual; below 0 for too few.
        var score: Double
    }

    /// One window in a million by chance, were the deviations normal.
    static let minScore = 5.0
    /// Periods looked at on either side.
    private static let reach = 4
    /// Same windows without which nothing is usual.
    private static let minNeighbours = 3
    /// The median absolute deviation of a normal distribution is this part of its standard deviation.
    private static let deviationScale = 1.4826

    /// Those of the series, in order.
    static func find(in series: [Double], period: Int) -> [Spike] {
        let usual = series.indices.map { self.usual(at: $0, of: series, period: period) }
        let deviations = zip(series, usual).map { count, usual in
            usual.map { (count - $0) / max(1, $0).squareRoot() }
        }
        let known = deviations.compactMap { $0 }
        guard !known.isEmpty else { return [] }
        let centre = median(known)
        let scale = max(1, deviationScale * median(known.map { abs($0 - centre) }))
        return series.indices.compactMap { position in
            guard let deviation = deviations[position], let usual = usual[position] else {
                return nil
            }
            let score = (deviation - centre) / scale
            return abs(score) >= minScore
                ? Spike(position: position, count: series[position], usual: usual, score: score)
                : nil
        }
    }

    /// Nil where there is too little to compare with.
    static func usual(at position: Int, of series: [Double], period: Int) -> Double? {
        let neighbours = (-reach...reach).filter { $0 != 0 }
            .map { position + $0 * period }.filter(series.indices.contains)
        return neighbours.count < minNeighbours ? nil : median(neighbours.map { series[$0] })
    }

    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}
