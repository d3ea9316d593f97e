/// Why a person should take over.
public enum HandOver: String, Sendable {
    case asked = "customer_asked"
    case angry = "customer_angry"
    case outOfScope = "out_of_scope"
    case unsupportedLanguage = "unsupported_language"
    case lookup = "facts_missing"
    case uncertain

    /// Below it the best intent is a guess.
    private static let leastProbability: Float = 0.35
    private static let angrySentiment: Float = -0.6
    /// Intents by which customers ask for a person.
    private static let personIntents: Set<String> = [
        "talk_to_human", "speak_to_agent", "contact_human_agent", "human_agent",
    ]

    public static func reason(
        intent: String?, probability: Float, isOutOfScope: Bool, hasPassages: Bool, canRead: Bool,
        mood: Mood,
        needsLookup: Bool
    ) -> HandOver? {
        if !canRead { return .unsupportedLanguage }
        if let intent, !isOutOfScope, personIntents.contains(intent) { return .asked }
        if mood.sentiment <= angrySentiment { return .angry }
        if isOutOfScope { return hasPassages ? nil : .outOfScope }
        if probability < leastProbability { return .uncertain }
        return needsLookup ? .lookup : nil
    }
}
