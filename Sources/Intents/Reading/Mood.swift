/// How a customer sounds, by words alone: a lexicon of what people write to a shop, with negation and
/// emphasis. Coarse, and says so: it orders a queue, it judges nobody.
public struct Mood: Sendable, Equatable {
    /// -1 angry to 1 pleased.
    public var sentiment: Float
    /// 0 none to 1.
    public var urgency: Float

    public init(sentiment: Float, urgency: Float) {
        self.sentiment = sentiment
        self.urgency = urgency
    }

    private static let pleasant: Set<String> = [
        "thanks", "thank", "great", "good", "love", "loved", "perfect", "happy", "excellent",
        "awesome", "nice", "wonderful", "helpful", "pleased", "fantastic", "amazing", "glad",
        "appreciate", "best", "brilliant", "delighted", "super",
    ]
    private static let unpleasant: Set<String> = [
        "bad", "angry", "terrible", "awful", "horrible", "worst", "hate", "disappointed",
        "disappointing", "broken", "damaged", "wrong", "useless", "unacceptable", "ridiculous",
        "furious", "annoyed", "annoying", "poor", "scam", "fraud", "rude", "disgusting", "joke",
        "fed", "complaint", "complain", "frustrated", "frustrating", "unhappy", "defective",
        "faulty", "rubbish", "garbage", "pathetic", "shocking", "cheated", "stolen", "ruined",
        "upset", "sick",
    ]
    private static let negations: Set<String> = [
        "not", "no", "never", "don't", "dont", "isn't", "isnt", "wasn't", "can't", "cant",
        "hardly", "without", "nothing", "didn't", "doesn't",
    ]
    private static let urgent: Set<String> = [
        "urgent", "urgently", "asap", "immediately", "now", "emergency", "hurry", "quickly",
        "today", "tonight", "instantly", "desperate", "critical", "deadline",
    ]

    public init(_ text: String) {
        let words = Words(text).words
        var sum: Float = 0
        var urgentCount = 0
        for (index, word) in words.enumerated() {
            var weight: Float = 0
            if Self.pleasant.contains(word.text) { weight = 1 }
            if Self.unpleasant.contains(word.text) { weight = -1.5 }
            if weight != 0 {
                let before = words[max(0, index - 2)..<index]
                if before.contains(where: { Self.negations.contains($0.text) }) { weight *= -0.7 }
            }
            sum += weight
            if Self.urgent.contains(word.text) { urgentCount += 1 }
        }
        let exclamations = text.utf8.count { $0 == UInt8(ascii: "!") }
        let capitals = text.utf8.count { (0x41...0x5A).contains($0) }
        let letters = text.utf8.count { (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) }
        let isShouting = letters >= 12 && capitals * 10 > letters * 7
        if sum < 0 { sum -= 0.5 * Float(min(exclamations, 3)) + (isShouting ? 1 : 0) }
        sentiment = sum / (2 + sum.magnitude)
        let pressure =
            Float(urgentCount) + 0.3 * Float(min(exclamations, 3)) + (isShouting ? 0.7 : 0)
        urgency = pressure / (1 + pressure)
    }
}
