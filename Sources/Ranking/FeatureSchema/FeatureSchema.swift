public import Store

/// The features that heads read, in their one order. A head is made for one schema: a feature is
/// added or moved only together with the heads.
public enum FeatureSchema {
    public static let features: [Feature] = [
        InterestSimilarity.feature, NearestItemSimilarity.feature, CategoryAffinity.feature,
        BrandAffinity.feature, PriceFit.feature, Popularity.feature,
    ]

    public static let names = features.map(\.name)

    /// Names of the features that a caller with these labels does without.
    public static func leftOut(_ labels: DataLabels) -> [String] {
        features.filter { $0.label.map { !labels.permits($0) } ?? false }.map(\.name)
    }
}
