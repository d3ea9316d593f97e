public import Ads

/// How long answers take, from impressions whose windows have closed. Where a window is still open when
/// the events end, only that part of its answers can have been seen that comes so early (Chapelle,
/// "Modeling Delayed Feedback in Display Advertising", 2014, without a parametric form).
public struct AnswerDelays: Sendable {
    /// Ascending.
    private let delays: [Int64]

    public init(_ rows: [AdRow]) {
        delays = rows.compactMap(\.reading.conversionDelayNanoseconds).sorted()
    }

    /// Of the answers within the exposure's window, the share that has come by a moment; 1 where nothing
    /// says otherwise.
    public func seenShare(of exposure: AdExposure, by moment: Int64) -> Double {
        guard exposure.closesAt > moment else { return 1 }
        let start = exposure.moment.unixNanoseconds
        let (seen, all) = (count(within: moment - start), count(within: exposure.closesAt - start))
        return all == 0 ? 1 : Double(seen) / Double(all)
    }

    private func count(within span: Int64) -> Int {
        var (low, high) = (0, delays.count)
        while low < high {
            let middle = (low + high) / 2
            if delays[middle] < span { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
