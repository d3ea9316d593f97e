// From histories to heads that may serve, and to what they are worth. Everything that is chosen is chosen on
// the time between training and test; the test is run once.

public import Base
private import Foundation
internal import Inference
public import Ranking
internal import Store

/// Which head to fit.
public enum RankingHeadKind: String, Sendable, Codable, CaseIterable {
    case additive, perceptron
}

public struct RankingOptions: Sendable, Codable {
    public var shapes = ShapeOptions()
    public var network = NetworkOptions()
    /// Settings tried, by the loss on the time between; 1 for those given alone.
    public var trialCount = 1
    public var trainQuestionsPerUser = 3
    public var testQuestionsPerUser = 6
    public var negativesPerQuestion = 60
    public var candidateCount = 1_000
    public var seed: UInt64 = 1

    public init() {}
}

/// What a step of training said, for a run log.
public struct RankingLogEntry: Sendable, Codable {
    public var step: String
    public var values: [String: Double] = [:]
    public var names: [String] = []

    public init(step: String, values: [String: Double] = [:], names: [String] = []) {
        self.step = step
        self.values = values
        self.names = names
    }
}

/// A fitted head with what is known of it.
public struct FittedRanking: Sendable {
    public var kind: RankingHeadKind
    public var model: RankingModel
    /// Nats a candidate on the time between training and test, after calibration.
    public var choiceLoss: Double
    public var droppedFeatures: [String]
    public var settings: [String: Double]
}

public final class RankingExperiment {
    /// Of a step and its share; from any thread.
    public typealias Progress = @Sendable (_ step: String, _ share: Double) -> Void

    /// Below this, a feature says nothing: nearly all rows have one value.
    private static let minVariance = 1e-7

    private let events: RankingEvents
    private let times: RankingTimes
    private let options: RankingOptions
    private let bundleVersion: String
    private let progress: Progress
    private let log: (RankingLogEntry) -> Void
    let train: RankingRows
    let choice: RankingRows
    private let features: [Int]
    public let droppedFeatures: [String]

    /// Builds the rows of training and choosing.
    /// - Throws: a fault where there is nothing to train on, or features see the future.
    public init(
        _ events: RankingEvents, times: RankingTimes, options: RankingOptions,
        bundleVersion: String, progress: @escaping Progress,
        log: @escaping (RankingLogEntry) -> Void
    ) throws(Fault) {
        self.events = events
        self.times = times
        self.options = options
        self.bundleVersion = bundleVersion
        self.progress = progress
        self.log = log
        var rowOptions = RowOptions()
        rowOptions.candidateCount = options.candidateCount
        rowOptions.negativeCount = options.negativesPerQuestion
        rowOptions.seed = options.seed
        rowOptions.questionsPerUser = options.trainQuestionsPerUser
        var train = RankingRows()
        for (index, span) in times.trainSpans.enumerated() {
            let step = "training rows \(index + 1) of \(times.trainBlockCount)"
            let builder = RowBuilder(
                events: events, block: RankingBlock(events, span: span),
                horizon: times.horizonNanoseconds, options: rowOptions)
            train.append(builder.rows { progress(step, $0) })
        }
        rowOptions.questionsPerUser = options.testQuestionsPerUser
        let choiceBuilder = RowBuilder(
            events: events, block: RankingBlock(events, span: times.choiceSpan),
            horizon: times.horizonNanoseconds, options: rowOptions)
        choice = choiceBuilder.rows { progress("rows to choose by", $0) }
        self.train = train
        try Self.check(train, "training")
        try Self.check(choice, "the time between training and test")
        try LeakCheck(events: events, horizon: times.horizonNanoseconds).run(
            choice, block: choiceBuilder.block)
        let variances = (0..<FeatureVector.count).map { Self.variance(train, $0) }
        features = variances.indices.filter { variances[$0] >= Self.minVariance }
        droppedFeatures = variances.indices.filter { variances[$0] < Self.minVariance }
            .map { FeatureSchema.names[$0] }
        log(
            RankingLogEntry(
                step: "rows",
                values: [
                    "train_questions": Double(train.questions.count),
                    "train_rows": Double(train.count),
                    "choice_questions": Double(choice.questions.count),
                    "choice_rows": Double(choice.count),
                ]))
        log(RankingLogEntry(step: "dropped_features", names: droppedFeatures))
    }

    /// Refuses what nothing can be learnt from.
    static func check(_ rows: RankingRows, _ what: String) throws(Fault) {
        func fault(_ reason: String) -> Fault {
            Fault(.failedPrecondition, reason: "NOTHING_TO_LEARN", "\(what): \(reason)")
        }
        guard rows.count > 0 else {
            throw fault("no user came to buy in that time, or none within the horizon of its end")
        }
        guard rows.labels.allSatisfy({ $0 == 0 || $0 == 1 }) else {
            throw fault("a label is neither 0 nor 1")
        }
        guard rows.labels.contains(1) else { throw fault("nothing that is a candidate was bought") }
        guard rows.labels.contains(0) else {
            throw fault("everything that is a candidate was bought")
        }
    }

    private static func variance(_ rows: RankingRows, _ feature: Int) -> Double {
        var (sum, squares) = (0.0, 0.0)
        for features in rows.features {
            let value = Double(features[feature])
            sum += value
            squares += value * value
        }
        let mean = sum / Double(rows.count)
        return squares / Double(rows.count) - mean * mean
    }

    // MARK: Fitting

    /// The head of a kind with the settings that do best on the time between.
    public func fit(_ kind: RankingHeadKind) -> FittedRanking {
        var random = SeededRandom(seed: options.seed)
        var best: FittedRanking?
        for trial in 0..<max(1, options.trialCount) {
            var settings = options
            if trial > 0 { settings.vary(&random) }
            let fitted = fit(kind, settings, trial: trial)
            log(
                RankingLogEntry(
                    step: "trial",
                    values: fitted.settings.merging(
                        ["trial": Double(trial), "choice_loss": fitted.choiceLoss],
                        uniquingKeysWith: { first, _ in first }), names: [kind.rawValue]))
            if fitted.choiceLoss < best?.choiceLoss ?? .infinity { best = fitted }
        }
        guard let best else { preconditionFailure("there is at least one trial") }
        return best
    }

    private func fit(
        _ kind: RankingHeadKind, _ settings: RankingOptions, trial: Int
    ) -> FittedRanking {
        let name = trial == 0 ? "fitting \(kind)" : "fitting \(kind), trial \(trial + 1)"
        func report(_ share: Double, _ loss: Double) {
            progress(name, share)
            log(RankingLogEntry(step: "\(kind)_pass", values: ["share": share, "loss": loss]))
        }
        let head: RankingHead
        switch kind {
        case .additive:
            var fit = ShapeFit(
                train, validation: choice, features: features, options: settings.shapes,
                seed: options.seed)
            head = .shapes(fit.run(progress: report))
        case .perceptron:
            var fit = NetworkFit(
                train, validation: choice, vectors: events.table.vectors, features: features,
                options: settings.network, seed: options.seed)
            head = .perceptron(fit.run(progress: report))
        }
        let (calibrated, loss) = calibrated(head)
        return FittedRanking(
            kind: kind, model: model(calibrated), choiceLoss: loss,
            droppedFeatures: droppedFeatures, settings: settings.named(kind))
    }

    /// Platt's scaling goes into the head itself, so that contributions stay those of the logit.
    private func calibrated(_ head: RankingHead) -> (RankingHead, Double) {
        let logits = RowScorer(head: head, table: events.table).logits(choice)
        let (a, b) = PlattScaling.fit(logits, choice.labels, choice.weights)
        log(RankingLogEntry(step: "calibration", values: ["a": Double(a), "b": Double(b)]))
        var loss = RankingLoss()
        for row in logits.indices {
            loss.add(
                logit: a * logits[row] + b, label: choice.labels[row], weight: choice.weights[row])
        }
        switch head {
        case .linear: return (head, loss.mean)
        case .shapes(let shapes): return (.shapes(shapes.scaled(by: a, plus: b)), loss.mean)
        case .perceptron(let network):
            return (.perceptron(network.scaled(by: a, plus: b)), loss.mean)
        }
    }

    /// With statistics of all that is before the test.
    private func model(_ head: RankingHead) -> RankingModel {
        RankingModel(
            head: head, statistics: latestStatistics,
            origin: RankingModel.Origin(
                bundleVersion: bundleVersion,
                trainedUntilUnixNanoseconds: times.trainUntilUnixNanoseconds, seed: options.seed,
                questionCount: train.questions.count, rowCount: train.count))
    }

    private lazy var latestStatistics: ItemStatistics = testBlock.statistics

    private lazy var testBlock = RankingBlock(
        events, span: times.testSpan(lastEvent: events.lastEvent))

    // MARK: Testing

    var purchases: RankingEvents { events }

    /// The rows that settings were chosen by, for a card without a test.
    public var choiceTest: RankingTest {
        RankingTest(rows: choice, events: events, block: testBlock, seed: options.seed)
    }

    /// The rows of the test: every candidate of every question.
    public func test() throws(Fault) -> RankingTest {
        var rowOptions = RowOptions()
        rowOptions.candidateCount = options.candidateCount
        rowOptions.negativeCount = nil
        rowOptions.questionsPerUser = options.testQuestionsPerUser
        rowOptions.seed = options.seed &+ 1
        let builder = RowBuilder(
            events: events, block: testBlock, horizon: times.horizonNanoseconds,
            options: rowOptions)
        let progress = progress
        let rows = builder.rows { progress("rows of the test", $0) }
        try Self.check(rows, "the test")
        return RankingTest(rows: rows, events: events, block: testBlock, seed: options.seed)
    }
}

extension RankingOptions {
    /// Another draw of what is searched.
    fileprivate mutating func vary(_ random: inout SeededRandom) {
        shapes.smoothness = [2e-5, 5e-5, 2e-4, 1e-3].randomElement(using: &random) ?? 2e-4
        shapes.pairCount = [8, 12, 16, 24].randomElement(using: &random) ?? 12
        shapes.learningRate = [0.01, 0.02, 0.03].randomElement(using: &random) ?? 0.03
        network.dropout = [0, 0.1, 0.2, 0.3].randomElement(using: &random) ?? 0.1
        network.weightDecay = [1e-4, 1e-3, 1e-2].randomElement(using: &random) ?? 1e-3
        network.learningRate = [1e-3, 2e-3, 4e-3].randomElement(using: &random) ?? 2e-3
    }

    fileprivate func named(_ kind: RankingHeadKind) -> [String: Double] {
        switch kind {
        case .additive:
            [
                "smoothness": Double(shapes.smoothness), "pairs": Double(shapes.pairCount),
                "learning_rate": Double(shapes.learningRate),
            ]
        case .perceptron:
            [
                "dropout": Double(network.dropout), "weight_decay": Double(network.weightDecay),
                "learning_rate": Double(network.learningRate),
            ]
        }
    }
}
