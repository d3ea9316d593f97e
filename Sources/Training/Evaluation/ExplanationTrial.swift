// Whether the words marked as mattering do matter: removed together, they should lower the best intent's
// probability more than as many other words of the sentence, chosen at random.

internal import Base
public import Inference
public import Intents

public struct ExplanationTrial: Sendable, Equatable, Codable {
    /// Sentences long enough: marked words and at least as many others.
    public var sentenceCount = 0
    /// Share in which the marked words lower the probability more.
    public var wonShare = 0.0
    public var meanFallMarked = 0.0
    public var meanFallRandom = 0.0

    /// One word in so many is marked, one at least.
    private static let wordsPerMark = 5

    /// - Parameter encode: a vector a text.
    public init(
        _ texts: [String], classifier: IntentClassifier, seed: UInt64,
        encode: ([String]) throws -> [Int8Vector]
    ) throws {
        var random = SeededRandom(seed: seed)
        var wonCount = 0
        for text in texts {
            let occlusion = WordOcclusion(text)
            let variants = occlusion.texts.dropFirst()
            guard variants.count >= 2,
                let intent = classifier.classify(try encode([text])[0], topK: 1).intents.first?.name
            else { continue }
            let vectors = try encode(Array(occlusion.texts))
            let order = occlusion.importances(vectors, of: intent, by: classifier)
                .enumerated().sorted { $0.element.value > $1.element.value }.map(\.offset)
            let count = max(1, order.count / Self.wordsPerMark)
            let others = Array(order.dropFirst(count)).shuffled(using: &random).prefix(count)
            let tried = try encode([
                occlusion.text(without: Set(order.prefix(count))),
                occlusion.text(without: Set(others)),
            ])
            let full = classifier.probability(of: intent, vectors[0])
            let marked = full - classifier.probability(of: intent, tried[0])
            let chance = full - classifier.probability(of: intent, tried[1])
            sentenceCount += 1
            if marked > chance { wonCount += 1 }
            meanFallMarked += Double(marked)
            meanFallRandom += Double(chance)
        }
        let count = Double(max(sentenceCount, 1))
        wonShare = Double(wonCount) / count
        meanFallMarked /= count
        meanFallRandom /= count
    }
}
