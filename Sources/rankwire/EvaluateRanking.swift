import ArgumentParser
import Base
import Foundation
import Ranking
import Training

struct EvaluateRanking: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ranking",
        abstract: "Train on what was before a time and test on what came after.",
        discussion: """
            Trains before --train-until, chooses and calibrates up to --test-from, and tests once on \
            what comes then: what users buy next, and what they buy that they never bought before. \
            Intervals are 95%, from users drawn with replacement.
            """)

    @OptionGroup var training: RankingTrainingOptions

    @Option(help: "The test begins at this time.")
    var testFrom: String

    @Option(help: "Heads to fit and test.")
    var head: [HeadChoice] = HeadChoice.allCases

    @Option(
        help: "Write features and candidates as .npy files to this directory, for other programs.")
    var export: String?

    @Option(help: "Test NAME=FILE, scores another program gave the exported test; may be repeated.")
    var scores: [String] = []

    @Option(help: "The same for logits of probabilities.")
    var logits: [String] = []

    @Option(help: "Write each head's model card to a directory of its name in this one.")
    var cards: String?

    @Option(help: "Random pairs of user and item to check explanations on.")
    var explanations = 100_000

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        try reportingFaults {
            let source = try RankingSource(training)
            let times = try source.times(training, testFrom: testFrom)
            let bars = StepBars()
            let runLog = try RunLog(path: training.log)
            let experiment = try RankingExperiment(
                source.events, times: times, options: training.options,
                bundleVersion: source.bundleVersion, progress: bars.show, log: runLog.write)
            try export.map { try experiment.export(to: $0) }
            let fitted = head.map { experiment.fit($0.kind) }
            let test = try experiment.test()
            try export.map { try test.export(to: $0) }
            bars.finish()
            for head in fitted {
                try cards.map { directory in
                    try RankingCard(head, test: test, basis: "the test")
                        .write(to: "\(directory)/\(head.kind)")
                }
            }
            let ours = fitted.map(test.scored)
            let others = try test.baselines + given(scores, isProbability: false)
            let judged = try given(logits, isProbability: true)
            let results = try test.results(others + judged + ours)
            let report = Report(
                times: times, questionCount: test.questionCount, rowCount: test.rowCount,
                candidateRecall: test.candidateRecall, results: results,
                differences: differences(test, ours, others + judged),
                explanations: fitted.map {
                    Report.Explained(
                        head: $0.kind.rawValue,
                        check: test.checkExplanations(of: $0, count: explanations))
                }, droppedFeatures: experiment.droppedFeatures)
            if json { try printJSON(report) } else { report.show() }
        }
    }

    private func given(_ files: [String], isProbability: Bool) throws -> [ScoredTest] {
        try files.map { text in
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw Fault.invalid("scores", "expected NAME=FILE, got \(text)")
            }
            return ScoredTest(
                name: parts[0], scores: try NumPyArray.readFloats(parts[1]),
                isProbability: isProbability)
        }
    }

    private func differences(
        _ test: RankingTest, _ ours: [ScoredTest], _ others: [ScoredTest]
    ) -> [Report.Difference] {
        RankingTask.allCases.flatMap { task in
            ours.flatMap { mine in
                others.map { other in
                    Report.Difference(
                        name: mine.name, over: other.name, task: task,
                        difference: test.differences(mine, over: other, task))
                }
            }
        }
    }

    struct Report: Encodable {
        struct Difference: Encodable {
            var name: String
            var over: String
            var task: RankingTask
            var difference: RankingDifference
        }

        struct Explained: Encodable {
            var head: String
            var check: ExplanationCheck
        }

        var times: RankingTimes
        var questionCount: Int
        var rowCount: Int
        var candidateRecall: Double
        var results: [RankingResult]
        var differences: [Difference]
        var explanations: [Explained]
        var droppedFeatures: [String]

        func show() {
            print(
                "\(Terminal.grouped(questionCount)) visits with \(Terminal.grouped(rowCount)) "
                    + String(
                        format: "candidates, which hold %.1f%% of what was bought",
                        candidateRecall * 100))
            for task in RankingTask.allCases { show(task) }
            for explained in explanations {
                print(
                    String(
                        format: "explanations, %@: %d pairs, largest gap %.1e; without its top "
                            + "feature the score moves as stated in %.2f%%", explained.head,
                        explained.check.pairCount, explained.check.largestGap,
                        explained.check.movedRightShare * 100))
            }
            if !droppedFeatures.isEmpty {
                print("features that say nothing here: " + droppedFeatures.joined(separator: ", "))
            }
        }

        private func show(_ task: RankingTask) {
            print(Terminal.bold(task.title))
            var table = Table([
                .init(header: "ranked by"), .init(header: "HR@10", isNumber: true),
                .init(header: "NDCG@10", isNumber: true), .init(header: "AUC", isNumber: true),
                .init(header: "log-loss", isNumber: true),
                .init(header: "calibration error", isNumber: true),
            ])
            for result in results where result.task == task {
                let metrics = result.metrics
                table.add([
                    result.name, text(metrics.hitRateAt10), text(metrics.ndcgAt10),
                    text(metrics.areaUnderCurve), metrics.logLoss.map { text($0, 5) } ?? "",
                    metrics.calibrationError.map { text($0, 5) } ?? "",
                ])
            }
            printLines(table.lines)
            for pair in differences where pair.task == task {
                let difference = pair.difference
                print(
                    Terminal.dim(
                        "  \(pair.name) over \(pair.over): HR@10 \(signed(difference.hitRateAt10)), "
                            + "NDCG@10 \(signed(difference.ndcgAt10))"))
            }
        }

        private func signed(_ figure: MeasuredFigure) -> String {
            String(format: "%+.4f (%+.4f to %+.4f)", figure.value, figure.low, figure.high)
        }

        private func text(_ figure: MeasuredFigure, _ digits: Int = 4) -> String {
            let half = (figure.high - figure.low) / 2
            return String(format: "%.\(digits)f ±%.\(digits)f", figure.value, half)
        }
    }
}
