internal import Store

/// How near a candidate's text is to the nearest single item the user dealt with lately: the
/// largest cosine over the profile's recent items. A user of many tastes has an interest vector
/// that resembles none of them; this feature sees each. Missing (0) without items or vector.
enum NearestItemSimilarity {
    static let feature = Feature(
        name: "nearest_item_similarity", kind: .cross, unit: "cosine", range: -1...1, missing: 0,
        label: .activity)

    static func value(largestCosine: Float?) -> Float {
        guard let largestCosine else { return feature.missing }
        return feature.admit(largestCosine)
    }
}
