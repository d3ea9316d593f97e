/// What a rule of an ad looks at. Raw values are stored and equal the wire's.
public enum TargetingField: Int32, Sendable, Codable, CaseIterable {
    /// The user's segment, by its id.
    case segment = 1
    /// What was declared of the user.
    case attribute = 2
    case region = 3
    case device = 4
    case channel = 5
    case placement = 6
    /// Of the day where the user is, 0 to 23.
    case hour = 7
    /// There, 1 for Monday to 7.
    case weekday = 8
    /// What the page is about; a category stands for those below it.
    case category = 9

    public var name: String { "\(self)" }

    public init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// Whether it is known of the user and not of the request.
    public var isOfUser: Bool { self == .segment || self == .attribute }
}

/// A condition of an ad: one of its values is there, or none of them is. What is not known is not
/// there, so that an including rule does not hold for it and an excluding one does. Values compare
/// without regard to case.
public struct TargetingRule: Sendable, Hashable, Codable {
    public static let maxRules = 32
    public static let maxValues = 256

    public let field: TargetingField
    /// Name of the attribute; empty for the other fields.
    public let attribute: String
    /// In lower case.
    public let values: [String]
    public let excludes: Bool

    public init(
        _ field: TargetingField, attribute: String = "", values: [String], excludes: Bool = false
    ) {
        self.field = field
        self.attribute = attribute.lowercased()
        self.values = values.map { $0.lowercased() }
        self.excludes = excludes
    }

    /// Why a rule is none; nil when it is good.
    public var defect: String? {
        if values.isEmpty { return "has no values" }
        if values.count > Self.maxValues { return "has more than \(Self.maxValues) values" }
        if values.contains(where: \.isEmpty) { return "has an empty value" }
        if (field == .attribute) == attribute.isEmpty {
            return "names an attribute exactly where its field is one"
        }
        switch field {
        case .hour where !values.allSatisfy { Int($0).map { (0...23).contains($0) } ?? false }:
            return "has hours that are not 0 to 23"
        case .weekday where !values.allSatisfy { Int($0).map { (1...7).contains($0) } ?? false }:
            return "has weekdays that are not 1 (Monday) to 7"
        default: return nil
        }
    }

    /// What of `rules` is wrong, and in which; nil when all is well.
    public static func defect(in rules: [TargetingRule]) -> (index: Int, text: String)? {
        if rules.count > maxRules { return (maxRules, "is one of more than \(maxRules)") }
        var seen: Set<TargetingRule> = []
        for (index, rule) in rules.enumerated() {
            if let defect = rule.defect { return (index, defect) }
            let kind = TargetingRule(
                rule.field, attribute: rule.attribute, values: [], excludes: rule.excludes)
            if !seen.insert(kind).inserted {
                return (index, "repeats a field: give one rule with all values")
            }
        }
        return nil
    }

    /// `device is phone or tablet`, `attribute age_band is not 18-24`.
    public var sentence: String {
        let subject = field == .attribute ? "attribute \(attribute)" : field.name
        let shown = values.prefix(5).joined(separator: " or ")
        return "\(subject) is \(excludes ? "not " : "")\(shown)\(values.count > 5 ? " ..." : "")"
    }
}
