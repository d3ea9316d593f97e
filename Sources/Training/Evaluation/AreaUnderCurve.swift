/// The area under the ROC curve: how often a positive has a higher score than a negative, ties half (Mann and
/// Whitney). 0.5 is chance.
enum AreaUnderCurve {
    /// - Parameters:
    ///   - sorted: scores, highest first.
    ///   - isPositive: of each.
    ///   - counts: how often each counts; once when nil.
    /// - Returns: nil without positives or without negatives.
    static func of<Score: Comparable>(
        _ sorted: [Score], _ isPositive: [Bool], counts: [Int]? = nil
    ) -> Double? {
        var (positives, negatives, wins) = (0.0, 0.0, 0.0)
        var start = 0
        while start < sorted.count {
            var end = start
            var (tiedPositives, tiedNegatives) = (0.0, 0.0)
            repeat {
                let count = Double(counts?[end] ?? 1)
                if isPositive[end] { tiedPositives += count } else { tiedNegatives += count }
                end += 1
            } while end < sorted.count && sorted[end] == sorted[start]
            wins += tiedNegatives * (positives + tiedPositives / 2)
            positives += tiedPositives
            negatives += tiedNegatives
            start = end
        }
        return positives > 0 && negatives > 0 ? wins / (positives * negatives) : nil
    }
}
