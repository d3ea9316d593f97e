public import Store

/// What rules are held against: what is known of the user, and what the request says.
public struct TargetingContext: Sendable {
    public static let maxCategories = 32

    /// Of the user's segment; nil when it is not known.
    public var segmentId: String?
    /// Declared of the user, as far as the caller may use it.
    public var attributes: [String: String] = [:]
    /// Empty where unknown, like the rest.
    public var region = ""
    public var device = ""
    public var channel = ""
    public var placement = ""
    /// What the page is about.
    public var categories: [String] = []
    /// Where the user is.
    private let hour: Int
    /// 1 for Monday.
    private let weekday: Int

    /// - Parameter utcOffsetMinutes: of the user's clock.
    public init(unixNanoseconds: Int64, utcOffsetMinutes: Int = 0) {
        // In whole minutes nothing overflows.
        let minutes = Self.floored(unixNanoseconds, 60_000_000_000).quotient
        let (day, minute) = Self.floored(minutes + Int64(utcOffsetMinutes), 1_440)
        hour = Int(minute / 60)
        // 1970-01-01 was a Thursday.
        weekday = Int(Self.floored(day + 3, 7).remainder) + 1
    }

    /// In lower case, none where it is not known.
    /// - Parameter attribute: its name in lower case, for `.attribute`.
    public func values(of field: TargetingField, attribute: String) -> [String] {
        switch field {
        case .segment: segmentId.map { [$0.lowercased()] } ?? []
        case .attribute: value(ofAttribute: attribute)
        case .region: region.isEmpty ? value(ofAttribute: "region") : Self.known(region)
        case .device: Self.known(device)
        case .channel: Self.known(channel)
        case .placement: Self.known(placement)
        case .hour: ["\(hour)"]
        case .weekday: ["\(weekday)"]
        case .category: categories.flatMap(Self.withBroader)
        }
    }

    /// Whether a rule holds: what `TargetingIndex` says of a table, for one ad.
    public func satisfies(_ rule: TargetingRule) -> Bool {
        let values = values(of: rule.field, attribute: rule.attribute)
        return rule.values.contains { values.contains($0) } != rule.excludes
    }

    /// What a rule asks for and what there is.
    public func sentence(_ rule: TargetingRule) -> String {
        let values = values(of: rule.field, attribute: rule.attribute)
        return "\(rule.sentence): it is "
            + (values.isEmpty ? "not known" : values.joined(separator: ", "))
    }

    private static func known(_ value: String) -> [String] {
        value.isEmpty ? [] : [value.lowercased()]
    }

    private func value(ofAttribute name: String) -> [String] {
        if let value = attributes[name] { return Self.known(value) }
        let found = attributes.filter { $0.key.lowercased() == name }
        // Of names that differ by case alone the first in their order counts.
        return found.min { $0.key < $1.key }.map { Self.known($0.value) } ?? []
    }

    /// "A > B" is "A" too.
    private static func withBroader(_ category: String) -> [String] {
        var path: [String] = []
        return category.lowercased().split(separator: ">").map { level in
            path.append(level.trimmingSpaces)
            return path.joined(separator: " > ")
        }
    }

    private static func floored(
        _ value: Int64, _ divisor: Int64
    ) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

extension Substring {
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
