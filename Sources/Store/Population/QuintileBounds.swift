/// Fifths of a population by one number. Published as part of a `PopulationModel`, so that a user's
/// fifth changes when the user does, and not with every event of somebody else.
public struct QuintileBounds: Sendable, Equatable, Codable {
    /// The values at 20, 40, 60 and 80 percent (nearest rank); empty without values.
    public let bounds: [Int64]

    public init(values: [Int64]) {
        let sorted = values.sorted()
        bounds =
            sorted.isEmpty ? [] : (1...4).map { sorted[(sorted.count * $0 + 4) / 5 - 1] }
    }

    /// 1 for the lowest fifth to 5; 0 when there are no bounds. A value that several fifths share is in
    /// their middle.
    public func quintile(of value: Int64) -> Int {
        bounds.isEmpty
            ? 0 : 1 + (bounds.count { $0 < value } + bounds.count { $0 <= value }) / 2
    }
}
