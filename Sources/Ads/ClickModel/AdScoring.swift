// A model worked into a table of ads: what a request does not change is summed beforehand. Made anew
// when ads or weights change, and then shared by all requests.

public import Store

/// Immutable.
public final class AdScoring: Sendable {
    public let model: AdModel
    public let index: AdIndex
    /// What scoring reads of each ad.
    let rows: [Row]
    /// By kind and feature of `CrossValues.features`: the weights of a number, and of a missing one.
    let crossWeights: [AdModel.Pair]
    let missingWeights: [AdModel.Pair]

    /// Of one ad, side by side: half a line of a processor's cache.
    struct Row: Sendable {
        /// Bias and the terms of the ad alone.
        let sum: AdModel.Pair
        let campaign: Int32
        let kind: Int32
        /// -1 for none, like the next two.
        let category: Int32
        let brand: Int32
        let vector: Int32
        /// NaN for none.
        let logPrice: Float

        static let none = Row(
            sum: .zero, campaign: 0, kind: 0, category: -1, brand: -1, vector: -1, logPrice: .nan)
    }

    public init(model: AdModel, index: AdIndex) {
        self.model = model
        self.index = index
        let creatives = index.table.creatives
        rows = (0..<index.table.count).map { row in
            var sum = model.bias
            index.forEachTerm(of: .ad(row: row)) { sum += model.weight($0) * $0.value }
            let campaign = index.campaignCodes[row]
            return Row(
                sum: sum, campaign: campaign, kind: index.kinds[Int(campaign)],
                category: creatives.categoryCodes[row], brand: creatives.brandCodes[row],
                vector: creatives.vectorRows[row], logPrice: creatives.logPrices[row])
        }
        func weights(_ level: UInt64) -> [AdModel.Pair] {
            index.kindHashes.flatMap { kind in
                CrossValues.features.map {
                    model.weight(
                        UserTerm(feature: $0, level: level, value: 1).resolved(kind: kind))
                }
            }
        }
        crossWeights = weights(AdSlots.number)
        missingWeights = weights(AdSlots.missing)
    }

    public convenience init(model: AdModel, ads: AdTable) {
        self.init(model: model, index: AdIndex(ads))
    }

    /// The same ads by another model.
    public func with(_ model: AdModel) -> AdScoring { AdScoring(model: model, index: index) }
}
