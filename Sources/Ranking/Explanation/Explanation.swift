/// Why the first rows of a reply have their scores. Made after ranking, for what is returned only,
/// by the functions that scored it: the logit of row r is `bias` + the sum of its contributions.
public struct Explanation: Sendable, Equatable {
    /// Once for all rows.
    public let featureNames: [String]
    /// The head's constant term, in logits.
    public let bias: Float
    /// As the head read them, row after row.
    public private(set) var values: [Float] = []
    /// In logits, row after row.
    public private(set) var contributions: [Float] = []
    public private(set) var rowCount = 0
    /// Features that were taken as unknown because the caller may not use what they are made from.
    public var leftOut: [String] = []

    public init(head: AdditiveHead) {
        featureNames = FeatureSchema.names
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

    /// - Precondition: a value and a contribution for every name.
    public mutating func append(values: [Float], contributions: [Float]) {
        precondition(values.count == featureNames.count, "a value for every name")
        precondition(contributions.count == featureNames.count, "a contribution for every name")
        self.values.append(contentsOf: values)
        self.contributions.append(contentsOf: contributions)
        rowCount += 1
    }

    public mutating func append(_ features: FeatureVector, head: AdditiveHead) {
        values.append(contentsOf: features.array)
        contributions.append(contentsOf: head.contributions(features).array)
        rowCount += 1
    }
}
