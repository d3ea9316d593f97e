/// An answer with places for facts, `{order_number}`. A fact that is not known is never left blank: what a
/// customer can tell is asked for, and what only the shop knows is offered to be looked up.
public struct AnswerTemplate: Sendable {
    public struct Filled: Sendable, Equatable {
        public var text: String
        /// Names of the facts that the template wants and nobody gave, in its order.
        public var missing: [String]
        /// True when the missing facts are the shop's own: a person has to look them up.
        public var needsLookup: Bool
    }

    /// What a customer can be asked for, and how.
    private static let questions: [String: String] = [
        "order_number": "What is your order number?",
        "tracking_number": "What is the parcel's tracking number?",
        "email": "Which e-mail address did you use?",
        "item": "Which product is it about?",
        "promo_code": "Which promotion code did you enter?",
        "gift_card_number": "What is the number of your gift card?",
        "country": "Which country should it go to?",
        "region": "Where should it go to?",
        "quantity": "How many would you like?",
        "device": "Which device do you use?",
        "platform": "Are you on the website or in the app?",
        "store_name": "Which of our stores do you mean?",
    ]

    private let text: String

    public init(_ text: String) { self.text = text }

    /// - Parameter facts: value by name.
    public func filled(with facts: [String: String]) -> Filled {
        var result = ""
        var missing: [String] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            result += rest[..<open]
            let name = String(rest[rest.index(after: open)..<close])
            if let value = facts[name], !value.isEmpty {
                result += value
            } else if !missing.contains(name) {
                missing.append(name)
            }
            rest = rest[rest.index(after: close)...]
        }
        guard !missing.isEmpty else {
            return Filled(text: result + rest, missing: [], needsLookup: false)
        }
        let questions = missing.compactMap { Self.questions[$0] }
        if !questions.isEmpty {
            return Filled(
                text: questions.prefix(2).joined(separator: " "), missing: missing,
                needsLookup: false)
        }
        let names = missing.prefix(2).map { $0.split(separator: "_").joined(separator: " ") }
        return Filled(
            text: "May I look up the \(names.joined(separator: " and the ")) for you?",
            missing: missing, needsLookup: true)
    }
}
