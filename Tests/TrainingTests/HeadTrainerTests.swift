import Base
import Foundation
import Inference
import Intents
import Testing
import Training

/// Clusters around random directions stand in for sentences of an intent.
struct Clusters {
    static let dimension = 16
    var random: SeededRandom
    let centres: [[Float]]

    init(count: Int, seed: UInt64) {
        var random = SeededRandom(seed: seed)
        centres = (0..<count).map { _ in Self.direction(&random) }
        self.random = random
    }

    static func direction(_ random: inout SeededRandom) -> [Float] {
        (0..<dimension).map { _ in Float.random(in: -1...1, using: &random) }
    }

    static func unit(_ values: [Float]) -> Int8Vector {
        let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return Int8Vector(quantizing: values.map { $0 / length })
    }

    mutating func vectors(perIntent count: Int, spread: Float = 0.5) -> LabelledVectors {
        var result = LabelledVectors()
        for (label, centre) in centres.enumerated() {
            for _ in 0..<count {
                let noise = Self.direction(&random)
                result.vectors.append(Self.unit(zip(centre, noise).map { $0 + spread * $1 }))
                result.labels.append(label)
            }
        }
        return result
    }

    mutating func strangers(_ count: Int) -> [Int8Vector] {
        (0..<count).map { _ in Self.unit(Self.direction(&random)) }
    }
}

@Suite struct HeadTrainerTests {
    private static func trainer() -> HeadTrainer {
        var trainer = HeadTrainer()
        trainer.memberCount = 3
        trainer.options.unitCount = 32
        trainer.options.epochCount = 12
        trainer.options.batchSize = 32
        return trainer
    }

    private static func set(_ clusters: inout Clusters) -> TrainingSet {
        var set = TrainingSet(
            intents: clusters.centres.indices.map { "intent\($0)" },
            train: clusters.vectors(perIntent: 30))
        set.strangers = clusters.strangers(60)
        set.madeUp = clusters.strangers(60)
        set.bundleVersion = "bundle"
        return set
    }

    private static func accuracy(_ head: IntentHead, _ test: LabelledVectors) -> Double {
        let right = zip(test.vectors, test.labels).count { vector, label in
            let logits = head.logits(vector)
            return logits.indices.max { logits[$0] < logits[$1] } == label
        }
        return Double(right) / Double(test.labels.count)
    }

    @Test func learnsFromFoldsAndTurnsStrangersAway() {
        var clusters = Clusters(count: 6, seed: 1)
        let trained = Self.trainer().train(Self.set(&clusters))
        #expect(Self.accuracy(trained.head, clusters.vectors(perIntent: 20)) > 0.95)
        #expect(trained.head.members.count == 3)
        #expect(trained.validation.sentenceCount == 180)
        #expect(trained.scoreAreas.count == 6)
        let strangers = clusters.strangers(200).count { vector in
            let detector = trained.head.detector
            return detector.probability(
                OutOfScopeDetector.value(
                    of: detector.score, logits: trained.head.logits(vector), vector: vector)) > 0.5
        }
        #expect(strangers > 120)
    }

    @Test func choosesOnValidationWhereThereIsSome() {
        var clusters = Clusters(count: 4, seed: 2)
        var set = Self.set(&clusters)
        set.validation = clusters.vectors(perIntent: 10)
        set.outOfScope = clusters.strangers(40)
        let trained = Self.trainer().train(set)
        #expect(trained.validation.sentenceCount == 40)
        #expect(trained.validation.outOfScopeCount == 40)
        #expect(trained.validation.areaUnderCurve == trained.scoreAreas.values.max())
    }

    @Test func theSameSeedGivesTheSameHead() {
        var (first, second) = (Clusters(count: 3, seed: 3), Clusters(count: 3, seed: 3))
        let (a, b) = (
            Self.trainer().train(Self.set(&first)), Self.trainer().train(Self.set(&second))
        )
        for vector in first.vectors(perIntent: 3).vectors {
            #expect(a.head.logits(vector) == b.head.logits(vector))
        }
        #expect(a.head.temperature == b.head.temperature)
    }

    @Test func aLinearHeadLearnsToo() {
        var clusters = Clusters(count: 4, seed: 4)
        var trainer = Self.trainer()
        trainer.options.unitCount = 0
        trainer.options.peakLearningRate = 0.05
        let trained = trainer.train(Self.set(&clusters))
        #expect(trained.head.members.allSatisfy { $0.unitCount == 0 })
        #expect(Self.accuracy(trained.head, clusters.vectors(perIntent: 20)) > 0.9)
    }
}

@Suite struct IntentHeadFileTests {
    private static func heads() -> [IntentHead] {
        var random = SeededRandom(seed: 5)
        func values(_ count: Int) -> [Float] {
            (0..<count).map { _ in Float.random(in: -1...1, using: &random) }
        }
        let table = Int8VectorTable(
            dimension: 5, rows: (0..<3).map { _ in Int8Vector(quantizing: values(5)) })
        let scores: [OutOfScopeDetector.Score] = [
            .maximumLogit, .energy, .nearestNeighbour(table), .centroids(table),
            .combined(table, weight: 2.5),
            .mahalanobis(.init(width: 5, rows: values(25), means: [values(5), values(5)])),
        ]
        return scores.map { score in
            IntentHead(
                intents: ["a", "b"],
                members: [
                    Perceptron(
                        inputWidth: 5,
                        Perceptron.Weights(
                            hidden: values(35), hiddenBiases: values(7), output: values(14),
                            outputBiases: values(2))),
                    Perceptron(
                        inputWidth: 5,
                        Perceptron.Weights(
                            hidden: [], hiddenBiases: [], output: values(10),
                            outputBiases: values(2))),
                ], temperature: 0.7,
                detector: OutOfScopeDetector(score: score, threshold: 0.25, slope: 3),
                bundleVersion: "v1", trainedTexts: [IntentHead.hash(of: "Where is it? ")])
        }
    }

    private static func path() -> String {
        FileManager.default.temporaryDirectory.appending(path: "\(UUID()).head").path
    }

    @Test func weightsThatAreNoNumbersAreRefused() throws {
        let weights = Perceptron.Weights(
            hidden: [], hiddenBiases: [], output: [1, 0, 0, 1], outputBiases: [.infinity, 0])
        let head = IntentHead(
            intents: ["a", "b"], members: [Perceptron(inputWidth: 2, weights)], temperature: 1,
            detector: OutOfScopeDetector(score: .maximumLogit, threshold: 0, slope: 1),
            bundleVersion: "v1", trainedTexts: [])
        let path = Self.path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try IntentHeadFile.write(head, to: path)
        #expect(throws: Fault.self) { try IntentHeadFile.read(path, bundleVersion: "v1") }
    }

    @Test func everyScoreSurvivesTheFile() throws {
        let vector = Int8Vector(quantizing: [0.1, -0.3, 0.5, 0.2, 0.4])
        for head in Self.heads() {
            let path = Self.path()
            defer { try? FileManager.default.removeItem(atPath: path) }
            try IntentHeadFile.write(head, to: path)
            let read = try #require(try IntentHeadFile.read(path, bundleVersion: "v1"))
            #expect(read.logits(vector) == head.logits(vector))
            #expect(read.trainedTexts == head.trainedTexts)
            #expect(read.detector.score.name == head.detector.score.name)
            let (logits, detector) = (head.logits(vector), read.detector)
            #expect(
                OutOfScopeDetector.value(of: detector.score, logits: logits, vector: vector)
                    == OutOfScopeDetector.value(
                        of: head.detector.score, logits: logits, vector: vector))
        }
    }

    @Test func aDamagedOrForeignFileIsRefusedAndAMissingOneIsNone() throws {
        let path = Self.path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try IntentHeadFile.read(path, bundleVersion: "v1")?.intents == nil)
        try IntentHeadFile.write(Self.heads()[0], to: path)
        let whole = try Data(contentsOf: URL(filePath: path))
        func refused(_ data: Data, bundle: String = "v1") throws -> String {
            try data.write(to: URL(filePath: path))
            return try #require(throws: Fault.self) {
                try IntentHeadFile.read(path, bundleVersion: bundle)
            }.message
        }
        for count in [0, 5, 20, 100, whole.count - 1] {
            #expect(try refused(whole.prefix(count)).contains(path))
        }
        for position in stride(from: 0, to: whole.count, by: 37) {
            var damaged = whole
            damaged[position] ^= 0x20
            _ = try refused(damaged)
        }
        #expect(try refused(whole, bundle: "v2").contains("train it again"))
    }

    @Test func textsAreKnownWhateverTheirCase() {
        #expect(IntentHead.hash(of: " where IS it?\n") == IntentHead.hash(of: "Where is it?"))
        #expect(IntentHead.hash(of: "where is it") != IntentHead.hash(of: "Where is it?"))
    }
}
