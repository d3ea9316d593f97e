// From vectors of labelled sentences to a head that may serve. With validation sentences all members see
// the whole of the training set; without, each is fitted without one fold, and what it says of that fold
// stands in for them. So temperature, score and threshold are never chosen on what a network was fitted
// to.

internal import Base
private import Dispatch
public import Inference
public import Intents
private import Synchronization

/// Sentences' vectors with their intents.
public struct LabelledVectors: Sendable {
    public var vectors: [Int8Vector]
    /// Positions among the intents.
    public var labels: [Int]

    public init(vectors: [Int8Vector] = [], labels: [Int] = []) {
        self.vectors = vectors
        self.labels = labels
    }

    func rows(_ indices: [Int]) -> LabelledVectors {
        LabelledVectors(vectors: indices.map { vectors[$0] }, labels: indices.map { labels[$0] })
    }

    var examples: Examples {
        Examples(
            inputs: Matrix(
                rows: vectors.map { IntentHead.input($0) },
                columnCount: vectors.first?.dimension ?? 0),
            labels: labels)
    }
}

/// What a head is made from.
public struct TrainingSet: Sendable {
    public var intents: [String]
    public var train: LabelledVectors
    public var validation = LabelledVectors()
    /// The intents' names, read as sentences: examples for the networks too. Empty, or one an intent.
    public var names: [Int8Vector] = []
    /// Sentences of no intent that the networks are shown.
    public var strangers: [Int8Vector] = []
    /// The same, made up.
    public var noise: [Int8Vector] = []
    /// The same, each made of two training sentences.
    public var splices: [Splice] = []
    /// Of the caller's own, for the choice of score and threshold.
    public var outOfScope: [Int8Vector] = []
    /// Made up, for the same where the caller has none.
    public var madeUp: [Int8Vector] = []
    public var bundleVersion = ""
    public var trainedTexts: Set<UInt64> = []

    public struct Splice: Sendable {
        public var vector: Int8Vector
        /// Of the two in `train`.
        public var rows: [Int]

        public init(vector: Int8Vector, rows: [Int]) {
            self.vector = vector
            self.rows = rows
        }
    }

    public init(intents: [String], train: LabelledVectors) {
        self.intents = intents
        self.train = train
    }
}

public struct TrainedHead: Sendable {
    public var head: IntentHead
    /// On validation sentences, or out of fold.
    public var validation: IntentMetrics
    /// Area under the curve of each known score on validation data, by its name; the head has the
    /// first of `ScoreFit.all` that is about as good as the best.
    public var scoreAreas: [String: Double]
}

public struct HeadTrainer: Sendable {
    public var options = FitOptions()
    /// Networks, or folds where there are no validation sentences.
    public var memberCount = 5
    public var seed: UInt64 = 1

    /// Areas under the curve that differ by less are as good as each other.
    private static let alikeArea = 0.001

    public init() {}

    /// A network, the sentences it is judged by, and scores made from those it was fitted to.
    private struct Member: Sendable {
        var network: Perceptron
        var held: [Int]
        var scores: [OutOfScopeDetector.Score]

        /// Of the combined score.
        var scoreWeight: Float {
            for case .combined(_, let weight) in scores { return weight }
            return 0
        }
    }

    /// - Precondition: at least one sentence of each intent.
    public func train(_ set: TrainingSet) -> TrainedHead {
        LinearAlgebra.useOneThread()
        let folds = set.validation.labels.isEmpty ? folds(of: set.train.labels) : nil
        let results = Mutex([Member?](repeating: nil, count: memberCount))
        DispatchQueue.concurrentPerform(iterations: memberCount) { index in
            let member = fit(index, folds?[index], set)
            results.withLock { $0[index] = member }
        }
        let members = results.withLock { $0.compactMap { $0 } }
        let finalScores =
            folds == nil
            ? members[0].scores
            : ScoreFit.all(set.train.vectors, set.train.labels, intentCount: set.intents.count) {
                _ in members.reduce(0) { $0 + $1.scoreWeight } / Float(members.count)
            }
        return choose(set, members, isFolded: folds != nil, finalScores)
    }

    /// Stratified: neighbours of an intent go to different folds.
    private func folds(of labels: [Int]) -> [[Int]] {
        var folds = [[Int]](repeating: [], count: memberCount)
        var next = 0
        var random = SeededRandom(seed: seed)
        let byLabel = Dictionary(grouping: labels.indices, by: { labels[$0] })
        for label in byLabel.keys.sorted() {
            for row in (byLabel[label] ?? []).shuffled(using: &random) {
                folds[next].append(row)
                next = (next + 1) % memberCount
            }
        }
        return folds
    }

    private func fit(_ index: Int, _ fold: [Int]?, _ set: TrainingSet) -> Member {
        let held = Set(fold ?? [])
        var seen = set.train
        if fold != nil {
            seen = set.train.rows(set.train.labels.indices.filter { !held.contains($0) })
        }
        let judges = fold.map { set.train.rows($0) } ?? set.validation
        var perceptron = PerceptronFit(
            inputWidth: seen.vectors.first?.dimension ?? 0, outputCount: set.intents.count,
            options: options, seed: seed &* 1_000 &+ UInt64(index))
        // A half of a held-out sentence would tell of the whole.
        let splices = set.splices.filter { $0.rows.allSatisfy { !held.contains($0) } }
        let strangers = Strangers.Shown(
            own: matrix(set.strangers), noise: matrix(set.noise),
            splices: matrix(splices.map(\.vector)))
        var shown = seen
        shown.vectors += set.names
        shown.labels += set.names.indices
        let network = perceptron.run(
            shown.examples, strangers: strangers, heldOut: judges.examples)
        // Without folds the members' scores are the same.
        let scores =
            fold == nil && index > 0
            ? []
            : ScoreFit.all(seen.vectors, seen.labels, intentCount: set.intents.count) {
                ScoreFit.weight(of: $0, beside: network, on: judges.vectors)
            }
        return Member(network: network, held: fold ?? [], scores: scores)
    }

    private func matrix(_ vectors: [Int8Vector]) -> Matrix {
        Matrix(
            rows: vectors.map { IntentHead.input($0) }, columnCount: vectors.first?.dimension ?? 0)
    }

    /// A validation sentence as the head, or the member that has not seen it, judges it.
    private struct Judged {
        var logits: [Float]
        var label: Int
        /// One a known score.
        var scores: [Float]
    }

    private func choose(
        _ set: TrainingSet, _ members: [Member], isFolded: Bool,
        _ finalScores: [OutOfScopeDetector.Score]
    ) -> TrainedHead {
        func head(_ temperature: Float, _ detector: OutOfScopeDetector) -> IntentHead {
            IntentHead(
                intents: set.intents, members: members.map(\.network), temperature: temperature,
                detector: detector, bundleVersion: set.bundleVersion,
                trainedTexts: set.trainedTexts)
        }
        let plain = head(1, OutOfScopeDetector(score: .maximumLogit, threshold: 0, slope: 1))
        func values(_ vector: Int8Vector, _ logits: [Float], _ scores: [OutOfScopeDetector.Score])
            -> [Float]
        {
            scores.map { OutOfScopeDetector.value(of: $0, logits: logits, vector: vector) }
        }
        var judged: [Judged] = []
        if isFolded {
            for member in members {
                for row in member.held {
                    let vector = set.train.vectors[row]
                    let logits = member.network.logits(vector)
                    judged.append(
                        Judged(
                            logits: logits, label: set.train.labels[row],
                            scores: values(vector, logits, member.scores)))
                }
            }
        } else {
            for (vector, label) in zip(set.validation.vectors, set.validation.labels) {
                let logits = plain.logits(vector)
                judged.append(
                    Judged(
                        logits: logits, label: label, scores: values(vector, logits, finalScores)))
            }
        }
        let known = set.outOfScope.isEmpty ? set.madeUp : set.outOfScope
        let outside = known.map { values($0, plain.logits($0), finalScores) }

        let temperature = Calibration.temperature(judged.map(\.logits), judged.map(\.label))
        let areas = finalScores.indices.map { kind in
            outside.isEmpty
                ? 0
                : IntentMetrics.areaUnderCurve(
                    judged.map { $0.scores[kind] }, outside.map { $0[kind] })
        }
        let largest = areas.max() ?? 0
        let best = areas.firstIndex { $0 >= largest - Self.alikeArea } ?? 0
        let outcomes = judged.map { sentence in
            let probabilities = IntentHead.softmax(sentence.logits.map { $0 / temperature })
            let top = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
            return IntentMetrics.Outcome(
                isRight: top == sentence.label, confidence: probabilities[top],
                score: sentence.scores[best])
        }
        let strangers = outside.map { $0[best] }
        let threshold =
            set.outOfScope.isEmpty
            ? Calibration.threshold(outcomes.map(\.score), madeUp: strangers)
            : Calibration.threshold(outcomes, outOfScope: strangers)
        let detector = OutOfScopeDetector(
            score: finalScores[best], threshold: threshold,
            slope: Calibration.slope(outcomes.map(\.score), strangers, threshold: threshold))
        return TrainedHead(
            head: head(temperature, detector),
            validation: IntentMetrics(outcomes, outOfScope: strangers, threshold: threshold),
            scoreAreas: Dictionary(
                uniqueKeysWithValues: zip(finalScores.map(\.name), areas)))
    }
}
