import ArgumentParser
import Base
import Foundation
import Inference
import Intents
import Store
import Training

struct EvaluateIntents: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "intents",
        abstract: "Train on one file of sentences and test on another.",
        discussion: """
            Any data set of the form that 'rankwire train intents' reads. A file that names its splits \
            (CLINC150's) gives each option its own.
            """)

    @Option(help: "The sentences to train on.")
    var train: String

    @Option(help: "The sentences to test on, once.")
    var test: String

    @Option(help: "Out-of-scope sentences to test on, where the test file has none.")
    var testOutOfScope: String?

    @Option(
        help: "Train on so many sentences of each intent only, and choose without --validation.")
    var examplesPerIntent: Int?

    @Option(help: "Runs, each with a seed of its own from --seed on; means are reported.")
    var seeds = 1

    @Option(
        help: "The fp32 model's directory: test the same heads on its vectors too. Slow.")
    var reference: String?

    @Option(help: "Try the explanations of so many test sentences.")
    var explanations = 0

    @OptionGroup var options: IntentTrainingOptions

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard (1...100).contains(seeds) else {
            throw ValidationError("--seeds must be 1 to 100")
        }
        guard examplesPerIntent.map({ (1...100_000).contains($0) }) ?? true else {
            throw ValidationError("--examples-per-intent must be 1 to 100000")
        }
    }

    func run() throws {
        try reportingFaults {
            let file = try LabelledSentences.read(test)
            let sentences = file.hasSplits ? file.test : file.train
            var strangers = file.hasSplits ? file.outOfScopeTest : file.outOfScopeTrain
            if let testOutOfScope {
                strangers += try LabelledSentences.outOfScope(testOutOfScope)
            }
            let all = try options.sentences(train)
            let encoder = try SentenceEncoder(bundle: options.bundle)
            let exact = try reference.map {
                try ExactEncoder(directory: $0, texts: sentences.map(\.text) + strangers)
            }
            var runs: [Run] = []
            for index in 0..<seeds {
                var trainer = options.trainer()
                trainer.seed += UInt64(index)
                let start = Date()
                let encodedBefore = encoder.seconds
                let experiment = IntentExperiment(
                    bundleVersion: encoder.bundleVersion, trainer: trainer, encode: encoder.encode)
                var chosen = all
                if let examplesPerIntent {
                    chosen = all.sample(perIntent: examplesPerIntent, seed: trainer.seed)
                }
                let trained = try experiment.train(chosen)
                let seconds = Date().timeIntervalSince(start)
                let encodeSeconds = encoder.seconds - encodedBefore
                let evaluated = try experiment.evaluate(
                    trained.head, test: sentences, outOfScope: strangers)
                let exactMetrics = try exact.map {
                    try IntentExperiment(
                        bundleVersion: encoder.bundleVersion, trainer: trainer, encode: $0.encode
                    ).evaluate(trained.head, test: sentences, outOfScope: strangers)
                }
                runs.append(
                    Run(
                        seed: trainer.seed, score: trained.head.detector.score.name,
                        trainSeconds: seconds, encodeSeconds: encodeSeconds,
                        validation: trained.validation,
                        test: evaluated, testReference: exactMetrics,
                        explanations: try explanations > 0
                            ? trial(trained.head, sentences, encoder) : nil))
            }
            let report = Report(
                intentCount: all.intents.count, bundleVersion: encoder.bundleVersion,
                mean: IntentMetrics(meanOf: runs.map(\.test)), runs: runs)
            if json { try printJSON(report) } else { report.show() }
        }
    }

    private func trial(
        _ head: IntentHead, _ sentences: [LabelledSentence], _ encoder: SentenceEncoder
    ) throws -> ExplanationTrial {
        var random = SeededRandom(seed: options.seed)
        let texts = sentences.map(\.text).shuffled(using: &random).prefix(explanations)
        // All at once: encoding one by one leaves the machine idle.
        _ = try encoder.encode(texts.flatMap { WordOcclusion($0).texts })
        return try ExplanationTrial(
            Array(texts), classifier: IntentClassifier(table: .empty, head: head),
            seed: options.seed, encode: encoder.encode)
    }

    private struct Run: Encodable {
        var seed: UInt64
        var score: String
        /// Encoding included.
        var trainSeconds: Double
        var encodeSeconds: Double
        var validation: IntentMetrics
        var test: IntentMetrics
        /// By the same heads on the fp32 model's vectors.
        var testReference: IntentMetrics?
        var explanations: ExplanationTrial?
    }

    private struct Report: Encodable {
        var intentCount: Int
        var bundleVersion: String
        var mean: IntentMetrics
        var runs: [Run]

        func show() {
            for run in runs {
                print(
                    String(
                        format: "seed %d: trained in %.1f s, %.1f s of them encoding; %@", run.seed,
                        run.trainSeconds, run.encodeSeconds,
                        "out of scope by \(run.score.replacingOccurrences(of: "_", with: " "))"))
                printLines(run.validation.lines(titled: "validation"))
                printLines(run.test.lines(titled: "test"))
                if let exact = run.testReference {
                    printLines(exact.lines(titled: "test, fp32 encoder"))
                }
                if let trial = run.explanations {
                    print(
                        String(
                            format: "  marked words lower the probability more than random ones in "
                                + "%.1f%% of %d sentences (by %.3f against %.3f)",
                            trial.wonShare * 100, trial.sentenceCount, trial.meanFallMarked,
                            trial.meanFallRandom))
                }
            }
            if runs.count > 1 {
                print("mean of \(runs.count) runs")
                printLines(mean.lines(titled: "test"))
            }
        }
    }
}

/// Vectors of the fp32 model, made once for all runs.
private struct ExactEncoder {
    private let known: [String: Int8Vector]

    init(directory: String, texts: [String]) throws {
        let model = try ReferenceModel(directory: directory)
        let distinct = Array(Set(texts)).sorted()
        let bar = ProgressBar("encoding in fp32")
        let vectors = model.encode(distinct) { done in
            bar.show(
                Double(done) / Double(max(distinct.count, 1)),
                detail: "\(done) of \(distinct.count)")
        }
        bar.finish()
        known = Dictionary(
            uniqueKeysWithValues: zip(distinct, vectors.map { Int8Vector(quantizing: $0) }))
    }

    func encode(_ texts: [String]) -> [Int8Vector] { texts.compactMap { known[$0] } }
}

extension IntentMetrics {
    /// Of each figure.
    init(meanOf runs: [IntentMetrics]) {
        self.init()
        let count = Double(max(runs.count, 1))
        func mean(_ value: (IntentMetrics) -> Double) -> Double {
            runs.reduce(0) { $0 + value($1) } / count
        }
        sentenceCount = runs.first?.sentenceCount ?? 0
        outOfScopeCount = runs.first?.outOfScopeCount ?? 0
        accuracy = mean(\.accuracy)
        calibrationError = mean(\.calibrationError)
        inScopeAccuracy = mean(\.inScopeAccuracy)
        if outOfScopeCount > 0 {
            outOfScopeRecall = mean { $0.outOfScopeRecall ?? 0 }
            areaUnderCurve = mean { $0.areaUnderCurve ?? 0 }
        }
    }
}
