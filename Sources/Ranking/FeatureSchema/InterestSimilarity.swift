internal import Store

/// How near a candidate's text is to what the user has been interested in of late: the cosine of
/// its vector and the profile's decayed interest vector. Missing (0) without either.
enum InterestSimilarity {
    static let feature = Feature(
        name: "interest_similarity", kind: .cross, unit: "cosine", range: -1...1, missing: 0,
        label: .activity)

    static func value(cosine: Float?) -> Float {
        guard let cosine else { return feature.missing }
        return feature.admit(cosine)
    }
}
