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
    /// For each name its place in the prototypes; nil for one without.
    private let prototypePositions: [Int?]
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
        var positions = [Int?](repeating: nil, count: names.count)
        for (position, intent) in prototypes.intents.enumerated() {
            positions[places[intent]] = position
        }
        prototypePositions = positions
        fresh = PrototypeScores(table) { text in
            head.map { !$0.trainedTexts.contains(IntentHead.hash(of: text)) } ?? false
        }
    }

    /// False when there is nothing to classify into; `classify` then answers out of scope.
    public var hasIntents: Bool { head != nil || !prototypes.intents.isEmpty }

    /// What one sentence scores, before it is cut and told.
    private struct Scored {
        /// One a name; -infinity for an intent that cannot be scored.
        var scores: [Float]
        /// As the softmax takes scores.
        var scale: Float = 1
        var outOfScope: Float
        var threshold: Float

        var probabilities: [Float] {
            IntentHead.softmax(scale == 1 ? scores : scores.map { $0 * scale })
        }
    }

    /// - Parameters:
    ///   - vector: of the sentence, from the encoder that made the table's vectors.
    ///   - topK: how many intents to return; 0 for `defaultTopK`.
    ///   - explain: whether to bring each intent's nearest example sentences.
    public func classify(_ vector: Int8Vector, topK: Int = 0, explain: Bool = false)
        -> IntentAnswer
    {
        let scored = scored(vector)
        let probabilities = scored.probabilities
        var best = TopK(capacity: min(topK == 0 ? Self.defaultTopK : topK, names.count))
        for (place, score) in scored.scores.enumerated() where score > -.infinity {
            best.offer(key: TopK.key(score), index: Int32(place))
        }
        let places = best.sorted().map { Int($0.index) }
        let ranked = places.map { place in
            IntentScore(
                name: names[place], score: scored.scores[place],
                probability: probabilities[place],
                nearestExamples: explain
                    ? definitions[place].map { nearestExamples(of: $0, vector) } ?? [] : [])
        }
        let isOutOfScope = ranked.isEmpty || scored.outOfScope > 0.5
        let intent = places.first.flatMap { definitions[$0] }
        return IntentAnswer(
            intents: ranked, isOutOfScope: isOutOfScope,
            outOfScopeProbability: ranked.isEmpty ? 1 : scored.outOfScope,
            threshold: scored.threshold,
            answer: isOutOfScope ? "" : intent.map { table.definitions[$0].answer } ?? "")
    }

    /// That the top intent of `vector` is `name`: what a word's removal lowers.
    public func probability(of name: String, _ vector: Int8Vector) -> Float {
        guard let place = names.firstIndex(of: name) else { return 0 }
        return scored(vector).probabilities[place]
    }

    private func scored(_ vector: Int8Vector) -> Scored {
        guard let head else {
            var byPlace = [Float](repeating: -.infinity, count: names.count)
            let scores = prototypes.scores(vector)
            for (intent, score) in zip(prototypes.intents, scores) {
                byPlace[places[intent]] = score
            }
            return Scored(
                scores: byPlace, scale: 1 / Self.prototypeTemperature,
                outOfScope: outOfScope(scores.max() ?? -1), threshold: threshold)
        }
        let logits = head.logits(vector)
        var outOfScope = head.detector.probability(
            OutOfScopeDetector.value(of: head.detector.score, logits: logits, vector: vector))
        var tempered = [Float](repeating: -.infinity, count: names.count)
        for place in logits.indices { tempered[place] = logits[place] / head.temperature }
        if !fresh.intents.isEmpty { addFresh(vector, to: &tempered, &outOfScope) }
        return Scored(
            scores: tempered, outOfScope: outOfScope, threshold: head.detector.threshold)
    }

    /// What the head has not seen, beside what it says.
    private func addFresh(
        _ vector: Int8Vector, to tempered: inout [Float], _ outOfScope: inout Float
    ) {
        let top = tempered.indices.max { tempered[$0] < tempered[$1] } ?? 0
        let topLogit = tempered[top]
        // Both are cosines to examples, so their difference says how much better the new ones fit.
        let reference =
            prototypePositions[top].map { prototypes.score(vector, at: $0) } ?? threshold
        var bestFresh = topLogit
        for (intent, score) in zip(fresh.intents, fresh.scores(vector)) {
            let logit = topLogit + (score - reference) / Self.prototypeTemperature
            let place = places[intent]
            tempered[place] = max(tempered[place], logit)
            if logit > bestFresh {
                bestFresh = logit
                outOfScope = min(outOfScope, self.outOfScope(score))
            }
        }
    }

    /// 0.5 at the threshold itself, which is in scope.
    private func outOfScope(_ score: Float) -> Float {
        score.isFinite ? Exponential.logistic(Self.prototypeSlope * (threshold - score)) : 1
    }

    private func nearestExamples(of intent: Int, _ vector: Int8Vector) -> [IntentExample] {
        let similarities = table.exampleRows[intent].map {
            PrototypeScores.cosine(table.exampleVectors.dot(vector, row: $0))
        }
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
