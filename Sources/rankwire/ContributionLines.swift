import Ranking

/// The contributions of one explained row as lines with bars, the strongest first. The bars of a
/// reply share one scale, so that rows can be compared.
struct ContributionLines {
    private let explanation: Explanation
    private let largest: Float

    private static let barWidth = 24
    private static let indent = "      "

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
        let bars = order.map { feature in
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
        return bars + [total]
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
