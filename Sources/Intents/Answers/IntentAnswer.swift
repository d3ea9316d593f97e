/// What a sentence asks for, as far as the classifier can tell.
public struct IntentAnswer: Sendable, Equatable {
    /// Best first; equal scores in the classifier's order.
    public let intents: [IntentScore]
    /// True when no intent fits.
    public let isOutOfScope: Bool
    /// Above 0.5 where `isOutOfScope`.
    public let outOfScopeProbability: Float
    /// What the best score was held against.
    public let threshold: Float
    /// The best intent's answer template; empty when out of scope.
    public let answer: String
}

public struct IntentScore: Sendable, Equatable {
    public let name: String
    /// By prototypes: 0.75 of the cosine to the intent's prototype and 0.25 of that to its nearest
    /// example, -1 to 1. By a trained head: the logit over the temperature.
    public let score: Float
    /// That this is the intent, of those there are.
    public let probability: Float
    /// Nearest first; empty when not asked for.
    public let nearestExamples: [IntentExample]
}

public struct IntentExample: Sendable, Equatable {
    public let text: String
    /// Cosine of the two sentences, -1 to 1.
    public let similarity: Float
}
