public import Store

/// What a feature is: its name on the wire, what its number means, and what stands for "unknown".
public struct Feature: Sendable, Equatable {
    /// What it depends on.
    public enum Kind: String, Sendable {
        case user, item, cross, context
    }

    /// snake_case, stable: explanations and trained heads name it.
    public let name: String
    public let kind: Kind
    /// What one unit of the value is, e.g. "cosine".
    public let unit: String
    /// Every value lies in here.
    public let range: ClosedRange<Float>
    /// What of the user it is computed from; nil for nothing.
    public let label: DataLabel?
    /// The value when what it is computed from is not known.
    public let missing: Float
    /// Whether somebody can change it: counterfactuals are sought among these.
    public let isChangeable: Bool

    public init(
        name: String, kind: Kind, unit: String, range: ClosedRange<Float>, missing: Float,
        label: DataLabel? = nil, isChangeable: Bool = true
    ) {
        precondition(range.contains(missing), "the missing value of \(name) is outside its range")
        self.name = name
        self.kind = kind
        self.unit = unit
        self.range = range
        self.missing = missing
        self.label = label
        self.isChangeable = isChangeable
    }

    /// The one gate into a head: a number that is not finite counts as missing, the rest is held
    /// to the range (a cosine of quantised vectors may exceed 1 by a hair).
    func admit(_ raw: Float) -> Float {
        guard raw.isFinite else { return missing }
        return min(max(raw, range.lowerBound), range.upperBound)
    }
}
