public import Store

/// The features that heads read, in their one order. A head is made for one schema: a feature is
/// added or moved only together with the heads.
public enum FeatureSchema {
    /// What the profile and the catalogue alone say: always there.
    public static let base: [Feature] = [
        InterestSimilarity.feature, NearestItemSimilarity.feature, CategoryAffinity.feature,
        BrandAffinity.feature, PriceFit.feature, Popularity.feature,
    ]

    /// What takes a trained head's statistics beside: missing without.
    static let behaviour: [Feature] =
        ItemHistory.features + CategoryHistory.features + CoOccurrence.features
        + Taste.features + ItemMarket.features + UserActivity.features + [AttributeLift.feature]
        + RequestTraits.features

    public static let features: [Feature] = base + behaviour

    public static let names = features.map(\.name)

    /// The place of a feature in the order.
    public static func index(of name: String) -> Int? { names.firstIndex(of: name) }

    /// Names of the features that a caller with these labels does without.
    public static func leftOut(_ labels: DataLabels) -> [String] {
        features.filter { $0.label.map { !labels.permits($0) } ?? false }.map(\.name)
    }
}
