// What kind of personal data something is. Every attribute and every part of a profile has one label; a
// caller sees and uses what its labels cover, and is told of the rest that there was something.

public import Base

/// A sensitivity label, under the name that callers' configurations use.
public enum DataLabel: String, Sendable, CaseIterable {
    /// What was looked at, bought, rated; when, where and how often.
    case activity
    /// Amounts and price levels.
    case spend
    /// The words of searches, reviews and chats.
    case text
    /// Declared: age, gender, household.
    case demographic
    /// Declared: income, home ownership.
    case financial
    /// Declared: region, country, postcode.
    case location
    /// Declared: what an operator tagged the user with.
    case tag
    /// Declared: anything else. What nobody has judged is not handed out lightly.
    case sensitive

    private static let attributes: [String: DataLabel] = {
        let names: [DataLabel: [String]] = [
            .demographic: [
                "age", "age_band", "birth_year", "education", "gender", "household",
                "household_comp", "household_size", "kids_count", "language", "marital_status",
                "occupation", "sex",
            ],
            .financial: ["credit_band", "home_ownership", "income", "income_band"],
            .location: ["city", "country", "postcode", "region", "state", "zip"],
            .tag: ["loyalty", "tag", "tags", "tier"],
        ]
        return Dictionary(
            uniqueKeysWithValues: names.flatMap { label, names in names.map { ($0, label) } })
    }()

    /// The label of a declared attribute, by its name in lower case.
    public init(attribute name: String) {
        self = Self.attributes[name.lowercased()] ?? .sensitive
    }
}

/// The labels a caller has.
public struct DataLabels: OptionSet, Sendable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public init(_ labels: some Sequence<DataLabel>) {
        rawValue = labels.reduce(0) { $0 | Self.bit(of: $1) }
    }

    /// As a configuration names them; throws for a name that is none.
    public init(names: [String]) throws(Fault) {
        var labels: [DataLabel] = []
        for name in names {
            guard let label = DataLabel(rawValue: name) else {
                let known = DataLabel.allCases.map(\.rawValue).joined(separator: ", ")
                throw .invalid("labels", "\"\(name)\" is none of \(known)")
            }
            labels.append(label)
        }
        self.init(labels)
    }

    public static let all = DataLabels(DataLabel.allCases)

    public func permits(_ label: DataLabel) -> Bool { rawValue & Self.bit(of: label) != 0 }

    private static func bit(of label: DataLabel) -> UInt16 {
        1 << UInt16(DataLabel.allCases.firstIndex(of: label) ?? 0)
    }
}
