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

    private enum Tone {
        case pleasant, unpleasant, negation, urgent

        var weight: Float {
            switch self {
            case .pleasant: 1
            case .unpleasant: -1.5
            case .negation, .urgent: 0
            }
        }
    }

    /// All of them: most words are in none, which one look tells.
    private static let tones: [String: Tone] = {
        var tones: [String: Tone] = [:]
        for word in pleasant { tones[word] = .pleasant }
        for word in unpleasant { tones[word] = .unpleasant }
        for word in negations { tones[word] = .negation }
        for word in urgent { tones[word] = .urgent }
        return tones
    }()

    public init(_ text: Words) {
        let words = text.words
        var sum: Float = 0
        var urgentCount = 0
        for (index, word) in words.enumerated() {
            guard let tone = Self.tones[word.text] else { continue }
            if tone == .urgent { urgentCount += 1 }
            var weight = tone.weight
            if weight != 0 {
                let before = words[max(0, index - 2)..<index]
                if before.contains(where: { Self.tones[$0.text] == .negation }) { weight *= -0.7 }
            }
            sum += weight
        }
        var (exclamations, capitals, letters) = (0, 0, 0)
        for byte in text.bytes {
            switch byte {
            case UInt8(ascii: "!"): exclamations += 1
            case 0x41...0x5A:
                capitals += 1
                letters += 1
            case 0x61...0x7A: letters += 1
            default: break
            }
        }
        let isShouting = letters >= 12 && capitals * 10 > letters * 7
        if sum < 0 { sum -= 0.5 * Float(min(exclamations, 3)) + (isShouting ? 1 : 0) }
        sentiment = sum / (2 + sum.magnitude)
        let pressure =
            Float(urgentCount) + 0.3 * Float(min(exclamations, 3)) + (isShouting ? 0.7 : 0)
        urgency = pressure / (1 + pressure)
    }
}
