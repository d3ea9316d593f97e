public import Ads
internal import Store

/// How many of those who answered a campaign are among the tenth of its users that a rule would have
/// chosen, over all campaigns of a test.
public struct AudienceTrial: Sendable, Encodable {
    /// Answers there were.
    public var answerCount: Int
    /// Users of the tenths.
    public var chosenCount: Int
    /// Shares of the answers that are in the tenth.
    public var model: Double
    /// The expected share of a draw.
    public var random: Double
    /// Who bought most often.
    public var purchaseFrequency: Double
    /// Highest sum of the quintiles of recency, frequency and monetary value, then who spent most.
    public var rfmRules: Double

    private static let tenth = 0.1

    public init(_ rows: [AdRow], probabilities: [Double], outcome: AdOutcome) {
        var byCampaign: [Int32: [Int]] = [:]
        for (position, row) in rows.enumerated() {
            byCampaign[row.campaign, default: []].append(position)
        }
        var (answers, chosen) = (0, 0)
        var caught = (model: 0, frequency: 0, rfm: 0)
        var expected = 0.0
        for positions in byCampaign.values {
            let members = positions.map { rows[$0] }
            let count = Int((Double(members.count) * Self.tenth).rounded(.up))
            let hits = members.map { $0.example.happened(outcome) }
            func caughtBy(_ scores: [Double]) -> Int {
                members.indices.sorted {
                    scores[$0] != scores[$1]
                        ? scores[$0] > scores[$1] : members[$0].user < members[$1].user
                }.prefix(count).count(where: { hits[$0] })
            }
            let purchases = members.map(\.reading.purchases)
            caught.model += caughtBy(positions.map { probabilities[$0] })
            caught.frequency += caughtBy(purchases.map { Double($0.purchaseDayCount) })
            caught.rfm += caughtBy(Self.rfmScores(purchases))
            let found = hits.count(where: { $0 })
            expected += Double(found) * Double(count) / Double(members.count)
            answers += found
            chosen += count
        }
        answerCount = answers
        chosenCount = chosen
        let total = Double(max(answers, 1))
        model = Double(caught.model) / total
        random = expected / total
        purchaseFrequency = Double(caught.frequency) / total
        rfmRules = Double(caught.rfm) / total
    }

    private static func rfmScores(_ purchases: [Profile.RFM]) -> [Double] {
        func quintiles(_ values: [Double]) -> [Double] {
            let sorted = values.sorted()
            return values.map { value in
                let below = sorted.partitioningIndex { $0 >= value }
                return Double(5 * below / sorted.count)
            }
        }
        let recency = quintiles(purchases.map { Double($0.lastPurchaseUnixNanoseconds ?? .min) })
        let frequency = quintiles(purchases.map { Double($0.purchaseDayCount) })
        let spent = purchases.map { Double($0.totalMicros) }
        let monetary = quintiles(spent)
        let most = max(spent.max() ?? 1, 1)
        return purchases.indices.map {
            recency[$0] + frequency[$0] + monetary[$0] + spent[$0] / most / 2
        }
    }
}

extension Array {
    /// Where the elements that hold begin; those that do not stand before them.
    fileprivate func partitioningIndex(where holds: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
