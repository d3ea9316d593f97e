// A model worked into a table of ads: what a request does not change is summed beforehand. Made anew
// when ads or weights change, and then shared by all requests.

public import Store

/// Immutable.
public final class AdScoring: Sendable {
    public let model: AdModel
    public let index: AdIndex
    /// By row: bias and the terms of the ad alone.
    let rowSums: [AdModel.Pair]
    /// By kind and feature of `CrossValues.features`: the weights of a number, and of a missing one.
    let crossWeights: [AdModel.Pair]
    let missingWeights: [AdModel.Pair]

    public init(model: AdModel, index: AdIndex) {
        self.model = model
        self.index = index
        rowSums = (0..<index.table.count).map { model.logits(index.terms(of: .ad(row: $0))) }
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
