internal import Store

/// What is declared of the user, where the caller may use it: how much more than everyone those with
/// the user's attributes buy in the candidate's category. Missing (0) without attributes, and for
/// values too rare to say anything.
enum AttributeLift {
    static let start = UserActivity.start + UserActivity.features.count
    static let feature = Feature(
        name: "attribute_lift", kind: .cross,
        unit: "mean natural logarithm of purchases in its category relative to everyone's",
        range: -2...2, missing: 0, label: .demographic,
        isChangeable: false)

    /// By code of the category; empty without attributes that the statistics know.
    static func values(of attributes: [String: String], _ bound: BoundStatistics) -> [Float] {
        var sum: [Float] = []
        var count: Float = 0
        for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
            guard let lifts = bound.attributeLifts[key(name, value)] else { continue }
            if sum.isEmpty { sum = [Float](repeating: 0, count: lifts.count) }
            for code in lifts.indices { sum[code] += lifts[code] }
            count += 1
        }
        return sum.map { feature.admit($0 / count) }
    }

    static func key(_ name: String, _ value: String) -> String { "\(name)=\(value)" }
}
