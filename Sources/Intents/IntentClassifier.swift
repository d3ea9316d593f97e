private import Base
public import Inference
private import Ranking
public import Store

/// Says what a sentence asks for: by a trained head where there is one, else by prototypes. Examples of
/// the catalogue that the head was not trained on, and intents it does not know, count at once, by their
/// prototypes. Immutable; made once for a table of intents.
public struct IntentClassifier: Sendable {
    /// Below it even the best intent is out of scope, without a trained head. For the project's own
    /// intents and all-MiniLM-L6-v2 it keeps 85% of their sentences, each held against its intent
    /// without it, and turns away 88% of CLINC150's out-of-scope queries and every string of random
    /// letters; a higher one turns away real customers faster than strangers.
    public static let defaultThreshold: Float = 0.40

    /// Intents returned when the caller names no number.
    public static let defaultTopK = 3

    /// Example sentences returned with an intent.
    public static let explainedExamples = 3

    /// The softmax of prototype scores over it is right as often as it says: least negative log
    /// likelihood on the project's own sentences, each left out of its prototype.
    private static let prototypeTemperature: Float = 0.036

    /// Of the logistic curve from the threshold to the probability that a sentence is out of scope.
    private static let prototypeSlope: Float = 20

    public let table: IntentTable
    public let threshold: Float
    public let head: IntentHead?
    /// Names of the head's intents, then of those only the table has; without a head the table's.
    private let names: [String]
    /// For each name its place in the table; nil for an intent that only the head has.
    private let definitions: [Int?]
    /// For each intent of the table its place among the names.
    private let places: [Int]
    /// By all examples.
    private let prototypes: PrototypeScores
    /// By the examples that the head has not seen.
    private let fresh: PrototypeScores

    /// - Parameters:
    ///   - head: of the encoder that made the table's vectors.
    ///   - threshold: of prototype scores, -1 to 1.
    public init(
        table: IntentTable, head: IntentHead? = nil,
        threshold: Float = IntentClassifier.defaultThreshold
    ) {
        precondition((-1...1).contains(threshold), "a threshold is a cosine")
        var names = head?.intents ?? []
        var places: [Int] = []
        let known = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { a, _ in a })
        for definition in table.definitions {
            places.append(known[definition.name] ?? names.count)
            if known[definition.name] == nil { names.append(definition.name) }
        }
        var definitions = [Int?](repeating: nil, count: names.count)
        for (intent, place) in places.enumerated() { definitions[place] = intent }
        self.table = table
        self.threshold = threshold
        self.head = head
        self.names = names
        self.definitions = definitions
        self.places = places
        prototypes = PrototypeScores(table) { _ in true }
        fresh = PrototypeScores(table) { text in
            head.map { !$0.trainedTexts.contains(IntentHead.hash(of: text)) } ?? false
        }
    }

    /// False when there is nothing to classify into; `classify` then answers out of scope.
    public var hasIntents: Bool { head != nil || !prototypes.intents.isEmpty }

    /// What one sentence scores, before it is cut and told.
    private struct Scored {
        /// One a name; nil for an intent without a prototype.
        var scores: [Float?]
        /// The same, as the softmax takes them.
        var logits: [Float?]
        var outOfScope: Float
        var threshold: Float
    }

    /// - Parameters:
    ///   - vector: of the sentence, from the encoder that made the table's vectors.
    ///   - topK: how many intents to return; 0 for `defaultTopK`.
    ///   - explain: whether to bring each intent's nearest example sentences.
    public func classify(_ vector: Int8Vector, topK: Int = 0, explain: Bool = false)
        -> IntentAnswer
    {
        let similarities = table.exampleVectors.dots(vector).map(PrototypeScores.cosine)
        let scored = scored(vector, similarities)
        let present = scored.logits.indices.filter { scored.logits[$0] != nil }
        let probabilities = IntentHead.softmax(present.map { scored.logits[$0] ?? 0 })
        var best = TopK(capacity: min(topK == 0 ? Self.defaultTopK : topK, present.count))
        for (position, place) in present.enumerated() {
            best.offer(key: TopK.key(scored.scores[place] ?? 0), index: Int32(position))
        }
        let ranked = best.sorted().map { entry in
            let place = present[Int(entry.index)]
            return IntentScore(
                name: names[place], score: scored.scores[place] ?? 0,
                probability: probabilities[Int(entry.index)],
                nearestExamples: explain
                    ? definitions[place].map { nearestExamples(of: $0, similarities) } ?? [] : [])
        }
        let isOutOfScope = ranked.isEmpty || scored.outOfScope > 0.5
        let intent = best.sorted().first.flatMap { definitions[present[Int($0.index)]] }
        return IntentAnswer(
            intents: ranked, isOutOfScope: isOutOfScope,
            outOfScopeProbability: ranked.isEmpty ? 1 : scored.outOfScope,
            threshold: scored.threshold,
            answer: isOutOfScope ? "" : intent.map { table.definitions[$0].answer } ?? "")
    }

    /// That the top intent of `vector` is `name`: what a word's removal lowers.
    public func probability(of name: String, _ vector: Int8Vector) -> Float {
        let similarities = table.exampleVectors.dots(vector).map(PrototypeScores.cosine)
        let scored = scored(vector, similarities)
        let present = scored.logits.indices.filter { scored.logits[$0] != nil }
        let probabilities = IntentHead.softmax(present.map { scored.logits[$0] ?? 0 })
        return zip(present, probabilities).first { names[$0.0] == name }?.1 ?? 0
    }

    private func scored(_ vector: Int8Vector, _ similarities: [Float]) -> Scored {
        let scores = prototypes.scores(vector, similarities: similarities)
        var byPlace = [Float?](repeating: nil, count: names.count)
        for (intent, score) in zip(prototypes.intents, scores) { byPlace[places[intent]] = score }
        guard let head else {
            let best = scores.max() ?? -1
            return Scored(
                scores: byPlace, logits: byPlace.map { $0.map { $0 / Self.prototypeTemperature } },
                outOfScope: outOfScope(best), threshold: threshold)
        }
        let logits = head.logits(vector)
        var outOfScope = head.detector.probability(
            OutOfScopeDetector.value(of: head.detector.score, logits: logits, vector: vector))
        var tempered = logits.map { Optional($0 / head.temperature) }
        tempered += [Float?](repeating: nil, count: names.count - logits.count)
        let top = logits.indices.max { logits[$0] < logits[$1] } ?? 0
        let topLogit = logits[top] / head.temperature
        // Both are cosines to examples, so their difference says how much better the new ones fit.
        let reference = byPlace[top] ?? threshold
        var bestFresh = topLogit
        for (intent, score) in zip(fresh.intents, fresh.scores(vector, similarities: similarities))
        {
            let logit = topLogit + (score - reference) / Self.prototypeTemperature
            let place = places[intent]
            tempered[place] = max(tempered[place] ?? logit, logit)
            if logit > bestFresh {
                bestFresh = logit
                outOfScope = min(outOfScope, self.outOfScope(score))
            }
        }
        return Scored(
            scores: tempered, logits: tempered, outOfScope: outOfScope,
            threshold: head.detector.threshold)
    }

    /// 0.5 at the threshold itself, which is in scope.
    private func outOfScope(_ score: Float) -> Float {
        score.isFinite ? Exponential.logistic(Self.prototypeSlope * (threshold - score)) : 1
    }

    private func nearestExamples(of intent: Int, _ all: [Float]) -> [IntentExample] {
        let similarities = Array(all[table.exampleRows[intent]])
        var nearest = TopK(capacity: min(Self.explainedExamples, similarities.count))
        for (position, similarity) in similarities.enumerated() {
            nearest.offer(key: TopK.key(similarity), index: Int32(position))
        }
        return nearest.sorted().map { entry in
            IntentExample(
                text: table.definitions[intent].examples[Int(entry.index)],
                similarity: similarities[Int(entry.index)])
        }
    }
}
