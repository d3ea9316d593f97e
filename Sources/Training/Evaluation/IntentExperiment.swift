// A head from files of sentences, and how it does on sentences it has not seen: what `rankwire train
// intents` and `rankwire evaluate intents` share.

public import Base
public import Inference
public import Intents
public import Store

/// Sentences of a training run, read and checked.
public struct IntentSentences: Sendable {
    public var intents: [String]
    public var train: [LabelledSentence]
    public var validation: [LabelledSentence] = []
    public var outOfScopeTrain: [String] = []
    public var outOfScopeValidation: [String] = []

    /// - Parameter outOfScope: more sentences that no intent covers, for the choice of score and
    ///   threshold.
    public init(
        train file: LabelledSentences, validation: LabelledSentences? = nil,
        outOfScope: [String] = []
    ) throws(Fault) {
        train = file.train
        intents = Set(file.train.map(\.intent)).sorted()
        guard intents.count >= 2 else {
            throw .invalid("train", "has \(intents.count) intents; at least 2 are wanted")
        }
        let known = Set(intents)
        var held = file.validation
        outOfScopeTrain = file.outOfScopeTrain
        outOfScopeValidation = file.outOfScopeValidation + outOfScope
        if let validation {
            held = validation.hasSplits ? validation.validation : validation.train
            outOfScopeValidation +=
                validation.hasSplits
                ? validation.outOfScopeValidation : validation.outOfScopeTrain
        }
        self.validation = held.filter { known.contains($0.intent) }
    }

    /// The same with so many training sentences of each intent, chosen by the seed, and no more.
    public func sample(perIntent count: Int, seed: UInt64) -> IntentSentences {
        var random = SeededRandom(seed: seed)
        var sample = self
        let byIntent = Dictionary(grouping: train, by: \.intent)
        sample.train = intents.flatMap { intent in
            (byIntent[intent] ?? []).shuffled(using: &random).prefix(count)
        }
        return sample
    }
}

public struct IntentExperiment {
    private static let strangerCount = 1_200
    private static let spliceCount = 3_000
    private static let madeUpCount = 600

    private let encode: ([String]) throws -> [Int8Vector]
    private let bundleVersion: String
    public var trainer: HeadTrainer

    /// - Parameter encode: a vector a text, in their order.
    public init(
        bundleVersion: String, trainer: HeadTrainer,
        encode: @escaping ([String]) throws -> [Int8Vector]
    ) {
        self.encode = encode
        self.bundleVersion = bundleVersion
        self.trainer = trainer
    }

    public func train(_ sentences: IntentSentences) throws -> TrainedHead {
        var set = TrainingSet(
            intents: sentences.intents,
            train: try labelled(sentences.train, sentences.intents))
        set.validation = try labelled(sentences.validation, sentences.intents)
        set.names = try encode(sentences.intents.map(Self.words))
        set.strangers = try encode(sentences.outOfScopeTrain)
        set.noise = try encode(Strangers.texts(count: Self.strangerCount, seed: trainer.seed))
        let splices = Strangers.splices(
            of: sentences.train, count: Self.spliceCount, seed: trainer.seed)
        set.splices = zip(try encode(splices.map(\.text)), splices).map {
            TrainingSet.Splice(vector: $0, rows: $1.rows)
        }
        set.outOfScope = try encode(sentences.outOfScopeValidation)
        set.madeUp = try encode(
            Strangers.texts(count: Self.madeUpCount, seed: trainer.seed &+ 0x5EED))
        set.bundleVersion = bundleVersion
        set.trainedTexts = Set(sentences.train.map { IntentHead.hash(of: $0.text) })
        return trainer.train(set)
    }

    /// "card_arrival" -> "card arrival".
    private static func words(_ name: String) -> String {
        name.split { $0 == "_" || $0 == "-" || $0 == "/" }.joined(separator: " ")
    }

    /// - Parameter test: sentences of intents that the head does not know count as wrong.
    public func evaluate(
        _ head: IntentHead, test: [LabelledSentence], outOfScope: [String]
    ) throws -> IntentMetrics {
        let vectors = try encode(test.map(\.text))
        let outcomes = zip(vectors, test).map { vector, sentence in
            let logits = head.logits(vector)
            let probabilities = IntentHead.softmax(logits.map { $0 / head.temperature })
            let top = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
            return IntentMetrics.Outcome(
                isRight: head.intents[top] == sentence.intent, confidence: probabilities[top],
                score: OutOfScopeDetector.value(
                    of: head.detector.score, logits: logits, vector: vector))
        }
        let strange = try encode(outOfScope).map { vector in
            OutOfScopeDetector.value(
                of: head.detector.score, logits: head.logits(vector), vector: vector)
        }
        return IntentMetrics(
            outcomes, outOfScope: strange, threshold: head.detector.threshold)
    }

    private func labelled(
        _ sentences: [LabelledSentence], _ intents: [String]
    ) throws -> LabelledVectors {
        let positions = Dictionary(
            uniqueKeysWithValues: intents.enumerated().map { ($1, $0) })
        return LabelledVectors(
            vectors: try encode(sentences.map(\.text)),
            labels: sentences.map { positions[$0.intent] ?? 0 })
    }
}
