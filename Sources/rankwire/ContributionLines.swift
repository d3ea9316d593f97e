import Ranking

/// The contributions of one explained row as lines with bars, the strongest first. The bars of a
/// reply share one scale, so that rows can be compared.
struct ContributionLines {
    private let explanation: Explanation
    private let largest: Float

    private static let barWidth = 24
    private static let indent = "      "
    /// Features shown; what the rest adds is one line.
    private static let maxBars = 8

    init(_ explanation: Explanation) {
        self.explanation = explanation
        largest = explanation.contributions.map(abs).max() ?? 0
    }

    /// - Parameter logit: of the row; bias + contributions, as the last line shows.
    func lines(row: Int, logit: Float) -> [String] {
        guard row < explanation.rowCount else { return [] }
        let count = explanation.featureNames.count
        let nameWidth = explanation.featureNames.map(\.count).max() ?? 0
        let order = (0..<count).sorted {
            let (a, b) = (abs(contribution(row, $0)), abs(contribution(row, $1)))
            return a != b ? a > b : $0 < $1
        }
        let bars = order.prefix(Self.maxBars).map { feature in
            let contribution = contribution(row, feature)
            let name = explanation.featureNames[feature]
            let bar = Terminal.bar(
                largest == 0 ? 0 : Double(abs(contribution) / largest), width: Self.barWidth)
            return Self.indent + name + String(repeating: " ", count: nameWidth - name.count)
                + "  " + Terminal.dim(fixed(value(row, feature))) + "  "
                + Terminal.signed(contribution) + " "
                + (contribution < 0 ? Terminal.red(bar) : Terminal.green(bar))
        }
        let total = Terminal.dim(
            Self.indent + "bias \(Terminal.signed(explanation.bias)), together "
                + "\(Terminal.signed(logit)) logits")
        let rest = order.dropFirst(Self.maxBars)
        let others = rest.reduce(0) { $0 + contribution(row, $1) }
        let more = Terminal.dim(
            Self.indent + "\(rest.count) other features \(Terminal.signed(others))")
        return bars + (rest.isEmpty ? [] : [more]) + [total] + reasons(row) + counterfactual(row)
    }

    private func reasons(_ row: Int) -> [String] {
        guard row < explanation.reasons.count else { return [] }
        let reasons = explanation.reasons[row]
        var parts: [String] = []
        if !reasons.boughtItemIds.isEmpty {
            let ids = reasons.boughtItemIds.map(Terminal.printable).joined(separator: ", ")
            parts.append("buyers of own \(ids) buy it")
        }
        if !reasons.similarItemId.isEmpty {
            parts.append("reads like own \(Terminal.printable(reasons.similarItemId))")
        }
        if reasons.isNewUser { parts.append("nothing is known of the user's doings") }
        if reasons.isNewItem { parts.append("nobody bought it yet") }
        return parts.isEmpty ? [] : [Terminal.dim(Self.indent + parts.joined(separator: "; "))]
    }

    private func counterfactual(_ row: Int) -> [String] {
        guard row < explanation.counterfactuals.count else { return [] }
        guard let change = explanation.counterfactuals[row] else {
            return [
                Terminal.dim(Self.indent + "no change of one feature moves it across that rank")
            ]
        }
        return [
            Terminal.dim(
                Self.indent + "would cross that rank with \(change.featureName) at "
                    + "\(fixed(change.toValue)) instead of \(fixed(change.fromValue))")
        ]
    }

    private func fixed(_ number: Float) -> String {
        let text = Terminal.signed(number)
        return text.hasPrefix("+") ? " " + text.dropFirst() : text
    }

    private func value(_ row: Int, _ feature: Int) -> Float {
        explanation.values[row * explanation.featureNames.count + feature]
    }

    private func contribution(_ row: Int, _ feature: Int) -> Float {
        explanation.contributions[row * explanation.featureNames.count + feature]
    }
}
