/// What a sentence asks for, as far as the classifier can tell.
public struct IntentAnswer: Sendable, Equatable {
    /// Best first; equal scores in the table's order.
    public let intents: [IntentScore]
    /// True when even the best score is below `threshold`.
    public let isOutOfScope: Bool
    public let threshold: Float
    /// The best intent's answer template; empty when out of scope.
    public let answer: String
}

public struct IntentScore: Sendable, Equatable {
    /// Position in `IntentTable.definitions`.
    public let intent: Int
    public let name: String
    /// 0.75 of the cosine to the intent's prototype and 0.25 of that to its nearest example,
    /// -1 to 1.
    public let score: Float
    /// Nearest first; empty when not asked for.
    public let nearestExamples: [IntentExample]
}

public struct IntentExample: Sendable, Equatable {
    public let text: String
    /// Cosine of the two sentences, -1 to 1.
    public let similarity: Float
}
