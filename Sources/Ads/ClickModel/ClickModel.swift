public import Ranking

extension AdditiveHead {
    /// Whether the user clicks an ad's creative, from the features that rank items. Set by hand, not
    /// trained. The bias is a click rate of 1%, about that of display advertising; a stranger to
    /// whom nothing is known is at 1.2%, the user of `preference`'s example at 8%. Likeness moves a
    /// click less than a purchase: who has the thing already needs no ad for it.
    public static let click = AdditiveHead(
        name: "click", bias: -4.6,
        weights: [
            1.0,  // interest_similarity
            0.8,  // nearest_item_similarity
            0.6,  // category_affinity
            0.4,  // brand_affinity
            0.3,  // price_fit
            0.4,  // popularity
        ])
}
