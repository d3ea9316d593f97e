import ArgumentParser
import Base
import Foundation
import Ranking
import Training

struct TrainRanking: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ranking",
        abstract: "Fit the head that ranks items, from what users bought.",
        discussion: """
            Trains on visits before --train-until, chooses and calibrates on those after. The head goes \
            beside the bundle's files as ranking.candidate.head with its model card; 'rankwire model \
            promote' puts it in the place that servers read.
            """)

    @OptionGroup var training: RankingTrainingOptions

    @Option(help: "Additive shapes, which can be drawn, or a perceptron.")
    var head = HeadChoice.additive

    @Option(help: "The head to write; BUNDLE/ranking.candidate.head when absent.")
    var output: String?

    @Option(help: "Choosing ends, and statistics are as of this time; the last event when absent.")
    var testFrom: String?

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        try reportingFaults {
            let start = Date()
            let source = try RankingSource(training)
            let times = try source.times(training, testFrom: testFrom)
            let bars = StepBars()
            let runLog = try RunLog(path: training.log)
            let experiment = try RankingExperiment(
                source.events, times: times, options: training.options,
                bundleVersion: source.bundleVersion, progress: bars.show, log: runLog.write)
            let fitted = experiment.fit(head.kind)
            bars.finish()
            let path = output ?? training.bundle + "/" + RankingCandidate.name
            try RankingHeadFile.write(fitted.model, to: path)
            try RankingCard(
                fitted, test: experiment.choiceTest,
                basis: "the time after training, which also chose and calibrated, some of the "
                    + "candidates drawn"
            ).write(to: path + ".card")
            let report = Report(
                output: path, head: head.rawValue, eventCount: source.events.eventCount,
                questionCount: fitted.model.origin.questionCount,
                rowCount: fitted.model.origin.rowCount, seconds: Date().timeIntervalSince(start),
                choiceLoss: fitted.choiceLoss, settings: fitted.settings,
                droppedFeatures: fitted.droppedFeatures)
            if json { try printJSON(report) } else { report.show() }
        }
    }

    private struct Report: Encodable {
        var output: String
        var head: String
        var eventCount: Int
        var questionCount: Int
        var rowCount: Int
        var seconds: Double
        var choiceLoss: Double
        var settings: [String: Double]
        var droppedFeatures: [String]

        func show() {
            print(
                "\(head) head from \(Terminal.grouped(questionCount)) visits, "
                    + "\(Terminal.grouped(rowCount)) rows of \(Terminal.grouped(eventCount)) events "
                    + "-> \(output), its card in \(output).card")
            print(
                String(
                    format: "  %.1f s; %.5f nats a candidate on the time after training", seconds,
                    choiceLoss))
            if !droppedFeatures.isEmpty {
                print(
                    "  features that say nothing here: " + droppedFeatures.joined(separator: ", "))
            }
        }
    }
}

enum RankingCandidate {
    static let name = "ranking.candidate.head"
}
