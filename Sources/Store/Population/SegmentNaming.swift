/// Names for segments, of what distinguishes each from all users: how they buy, then what.
struct SegmentNaming {
    /// Standard deviations from the mean that are worth a word.
    private static let notable = 0.5
    /// The same of a category, whose block has the variance of three numbers.
    private static let notableCategory = 0.35
    private static let maxNamedCategories = 2

    private let space: SegmentSpace
    private var taken: Set<String> = []

    init(_ space: SegmentSpace) { self.space = space }

    /// A name no other segment has had.
    mutating func name(_ centre: [Double]) -> String {
        let words = behaviour(centre)
        let categories = self.categories(centre)
        var name = words
        if !categories.isEmpty { name += ", more " + categories.joined(separator: " and ") }
        var unique = name
        var number = 2
        while !taken.insert(unique).inserted {
            unique = "\(name) (\(number))"
            number += 1
        }
        return unique
    }

    /// Broadest categories, the most above the mean first.
    func distinguishing(_ centre: [Double]) -> [(name: String, excess: Double)] {
        space.categories.enumerated()
            .map { ($0.element, centre[SegmentSpace.rfmCount + $0.offset]) }
            .sorted { $0.1 != $1.1 ? $0.1 > $1.1 : $0.0 < $1.0 }
    }

    private func behaviour(_ centre: [Double]) -> String {
        var words: [String] = []
        func word(_ value: Double, low: String, high: String) {
            if value <= -Self.notable { words.append(low) }
            if value >= Self.notable { words.append(high) }
        }
        word(centre[0], low: "recent", high: "lapsed")
        word(centre[1], low: "rare", high: "frequent")
        word(centre[2], low: "small-ticket", high: "big-ticket")
        let text = (words.isEmpty ? "average" : words.joined(separator: ", ")) + " buyers"
        return text.prefix(1).uppercased() + text.dropFirst()
    }

    private func categories(_ centre: [Double]) -> [String] {
        distinguishing(centre).prefix(Self.maxNamedCategories)
            .filter { $0.excess >= Self.notableCategory && !$0.name.isEmpty }.map(\.name)
    }
}
