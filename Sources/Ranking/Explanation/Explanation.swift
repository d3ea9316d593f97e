/// Why the first rows of a reply have their scores. Made after ranking, for what is returned only,
/// by the functions that scored it: the logit of row r is `bias` + the sum of its contributions.
public struct Explanation: Sendable, Equatable {
    /// What a network adds for the vectors of user and item together; its value is 1 for an item with
    /// a vector.
    public static let vectorsName = "vectors"

    /// Once for all rows.
    public let featureNames: [String]
    /// The head's constant term, in logits.
    public let bias: Float
    /// As the head read them, row after row.
    public private(set) var values: [Float] = []
    /// In logits, row after row.
    public private(set) var contributions: [Float] = []
    public private(set) var rowCount = 0
    /// What of the user's own stands behind each row; empty where it was not looked for.
    public var reasons: [ItemReasons] = []
    /// What would move each row; empty when not asked for.
    public var counterfactuals: [Counterfactual?] = []
    /// Features that were taken as unknown because the caller may not use what they are made from.
    public var leftOut: [String] = []

    public init(head: AdditiveHead) { self.init(head: .linear(head)) }

    public init(head: RankingHead) {
        featureNames = Self.names(of: head)
        bias = head.bias
    }

    /// As a reply had it, for clients.
    /// - Precondition: `values` and `contributions` have `rowCount` rows of one number a name.
    public init(
        featureNames: [String], bias: Float, values: [Float], contributions: [Float], rowCount: Int
    ) {
        let cells = featureNames.count * rowCount
        precondition(values.count == cells && contributions.count == cells, "rows do not fit")
        self.featureNames = featureNames
        self.bias = bias
        self.values = values
        self.contributions = contributions
        self.rowCount = rowCount
    }

    /// Of what the head reads, in the order of the schema.
    public static func names(of head: RankingHead) -> [String] {
        let names = head.features.map { FeatureSchema.names[$0] }
        if case .perceptron = head { return names + [vectorsName] }
        return names
    }

    /// A row of the base features.
    public mutating func append(_ features: FeatureVector, head: AdditiveHead) {
        let contributions = head.contributions(features)
        let indices = 0..<AdditiveHead.featureCount
        append(
            values: indices.map { features[$0] }, contributions: indices.map { contributions[$0] })
    }

    /// - Precondition: one number a name.
    public mutating func append(values: [Float], contributions: [Float]) {
        precondition(
            values.count == featureNames.count && contributions.count == featureNames.count,
            "a row has one number a name")
        self.values.append(contentsOf: values)
        self.contributions.append(contentsOf: contributions)
        rowCount += 1
    }
}
