internal import Store

/// How much of what the user does is in the candidate's category. See `Affinity` for the number.
/// Missing (0) when the candidate has no category or the user has not dealt with it.
enum CategoryAffinity {
    static let feature = Feature(
        name: "category_affinity", kind: .cross, unit: "root of share relative to the favourite",
        range: 0...1, missing: 0, label: .activity)

    static func value(_ affinity: Float?) -> Float {
        guard let affinity else { return feature.missing }
        return feature.admit(affinity)
    }
}
