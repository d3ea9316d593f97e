import ArgumentParser
import Base
import Foundation
import Inference
import Intents
import Store
import Training

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Fit heads on a bundle's frozen encoder.",
        subcommands: [TrainIntents.self, TrainRanking.self, TrainAds.self])
}

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Measure heads on what they have not seen.",
        subcommands: [EvaluateIntents.self, EvaluateRanking.self, EvaluateAds.self])
}

/// What both take.
struct IntentTrainingOptions: ParsableArguments {
    @Option(help: "The model bundle whose encoder reads the sentences.")
    var bundle: String

    @Option(help: "Sentences to choose temperature, score and threshold on; folds when absent.")
    var validation: String?

    @Option(help: "Sentences of no intent: lines of a .txt file, or labelled oos.")
    var outOfScope: String?

    @Option(help: "Networks whose logits are averaged.")
    var members = 5

    @Option(help: "Units of each network; 0 for a linear head.")
    var units = FitOptions().unitCount

    @Option(help: "Passes over the sentences.")
    var epochs = FitOptions().epochCount

    @Option(help: "Where the networks start and in what order they read.")
    var seed: UInt64 = 1

    func validate() throws {
        guard (1...32).contains(members) else {
            throw ValidationError("--members must be 1 to 32")
        }
        guard (0...4_096).contains(units) else {
            throw ValidationError("--units must be 0 to 4096")
        }
        guard (1...1_000).contains(epochs) else {
            throw ValidationError("--epochs must be 1 to 1000")
        }
    }

    func trainer() -> HeadTrainer {
        var trainer = HeadTrainer()
        trainer.memberCount = members
        trainer.seed = seed
        trainer.options.unitCount = units
        trainer.options.epochCount = epochs
        return trainer
    }

    func sentences(_ file: String) throws -> IntentSentences {
        try IntentSentences(
            train: try LabelledSentences.read(file),
            validation: try validation.map { try LabelledSentences.read($0) },
            outOfScope: try outOfScope.map { try LabelledSentences.outOfScope($0) } ?? [])
    }
}

/// Texts to vectors, each text once however often it is asked for.
final class SentenceEncoder {
    private let model: TextModel
    private var known: [String: Int8Vector] = [:]
    private(set) var seconds = 0.0

    init(bundle: String) throws { model = try TextModel(bundlePath: bundle) }

    var bundleVersion: String { model.bundle.version }

    func encode(_ texts: [String]) throws -> [Int8Vector] {
        let new = Array(Set(texts).filter { known[$0] == nil }).sorted()
        let start = Date()
        let bar = ProgressBar("encoding")
        let vectors = try model.encode(new) { done in
            bar.show(
                Double(done) / Double(max(new.count, 1)), detail: "\(done) of \(new.count)")
        }
        bar.finish()
        seconds += Date().timeIntervalSince(start)
        for (text, vector) in zip(new, vectors) { known[text] = Int8Vector(quantizing: vector) }
        return texts.compactMap { known[$0] }
    }
}

struct TrainIntents: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "intents",
        abstract: "Fit the networks that classify sentences, from examples.",
        discussion: """
            FILE is CSV with a header (text,category), JSON lines, CLINC150's JSON or Rasa's training \
            data. The head goes beside the bundle's files; a running server takes it by \
            ModelService.ReloadModel.
            """)

    @Argument(help: "The sentences with their intents.")
    var file: String

    @Option(help: "The head to write; BUNDLE/intents.head when absent.")
    var output: String?

    @OptionGroup var options: IntentTrainingOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        try reportingFaults {
            let start = Date()
            let sentences = try options.sentences(file)
            let encoder = try SentenceEncoder(bundle: options.bundle)
            let experiment = IntentExperiment(
                bundleVersion: encoder.bundleVersion, trainer: options.trainer(),
                encode: encoder.encode)
            let trained = try experiment.train(sentences)
            let path = output ?? options.bundle + "/" + IntentHeadFile.name
            try IntentHeadFile.write(trained.head, to: path)
            let report = Report(
                output: path, intentCount: sentences.intents.count,
                sentenceCount: sentences.train.count, seconds: Date().timeIntervalSince(start),
                encodeSeconds: encoder.seconds, temperature: trained.head.temperature,
                score: trained.head.detector.score.name,
                threshold: trained.head.detector.threshold, scoreAreas: trained.scoreAreas,
                validation: trained.validation)
            if json { try printJSON(report) } else { report.show() }
        }
    }

    private struct Report: Encodable {
        var output: String
        var intentCount: Int
        var sentenceCount: Int
        var seconds: Double
        var encodeSeconds: Double
        var temperature: Float
        var score: String
        var threshold: Float
        var scoreAreas: [String: Double]
        var validation: IntentMetrics

        func show() {
            print(
                "\(Terminal.grouped(sentenceCount)) sentences of \(intentCount) intents -> \(output)"
            )
            print(
                String(
                    format: "  %.1f s, %.1f s of them encoding; out of scope by %@", seconds,
                    encodeSeconds, score.replacingOccurrences(of: "_", with: " ")))
            printLines(validation.lines(titled: "on validation sentences"))
        }
    }
}

extension IntentMetrics {
    func lines(titled title: String) -> [String] {
        var lines = [
            "  \(title) (\(Terminal.grouped(sentenceCount))):",
            String(
                format: "    accuracy %.2f%%, calibration error %.4f; above the threshold %.2f%%",
                accuracy * 100, calibrationError, inScopeAccuracy * 100),
        ]
        if let recall = outOfScopeRecall, let area = areaUnderCurve {
            lines.append(
                String(
                    format: "    of %d out of scope %.2f%% turned away, AUROC %.4f",
                    outOfScopeCount, recall * 100, area))
        }
        return lines
    }
}

/// A fault of an offline tool goes to standard error and ends the process with its code.
func reportingFaults(_ body: () throws -> Void) throws {
    do {
        try body()
    } catch let fault as Fault {
        FileHandle.standardError.write(Data("rankwire: \(fault.message)\n".utf8))
        throw fault.exitCode
    }
}
