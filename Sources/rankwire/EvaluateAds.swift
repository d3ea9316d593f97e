import Ads
import ArgumentParser
import Base
import Foundation
import Store
import Training

struct EvaluateAds: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ads",
        abstract: "Train on a store's earlier campaigns and test on its later ones.",
        discussion: """
            Campaigns are ordered by their starts. Intervals hold 95% of 1,000 resamples. --validate \
            leaves the test alone and tests on the later campaigns of the earlier part: for choosing \
            options. --online compares learning as examples close with fitting anew every day.
            """)

    @OptionGroup var options: AdTrainingOptions

    @Option(help: "The part of the campaigns, the last ones, to test on.")
    var testShare = 1.0 / 3

    @Option(help: "click or conversion.")
    var outcome = "conversion"

    @Flag(
        name: .customLong("validate"), help: "Choose options: test within the part to train on.")
    var isValidation = false

    @Flag(help: "Compare online learning with a daily retrain.")
    var online = false

    @Option(help: "Write the examples with features and probabilities to this CSV file.")
    var export: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard testShare > 0, testShare < 1 else {
            throw ValidationError("--test-share must be between 0 and 1")
        }
        guard AdOutcome.allCases.contains(where: { $0.name == outcome }) else {
            throw ValidationError("--outcome must be click or conversion")
        }
    }

    func run() throws {
        try reportingFaults {
            let tested = outcome == "click" ? AdOutcome.click : .conversion
            let (data, bundleVersion) = try options.dataset()
            var (train, test) = data.split(lastShare: testShare)
            if isValidation { (train, test) = data.split(train, lastShare: testShare) }
            let hits = test.map { $0.example.happened(tested) }
            guard test.count >= 10, hits.contains(true), hits.contains(false), !train.isEmpty else {
                throw Fault(
                    .failedPrecondition, reason: "NO_EXAMPLES",
                    "too few examples to test on: \(test.count), \(hits.count(where: { $0 })) of "
                        + "them with a \(outcome)")
            }
            let start = Date()
            let learner = options.trainer.fit(data.closed(train).map(\.example))
            let seconds = Date().timeIntervalSince(start)
            let delays = AnswerDelays(train)
            let shares = test.map {
                tested == .conversion
                    ? delays.seenShare(of: $0.reading.exposure, by: data.observedUntil) : 1
            }
            let probabilities = zip(test, shares).map {
                $1 * Double(learner.probability(of: tested, $0.example.terms))
            }
            if let export {
                try AdExport(
                    learner: learner, outcome: tested, index: data.index,
                    shares: shares
                ).write(train: data.closed(train), test: test, to: export)
            }
            let report = AdEvaluation(
                outcome: outcome, bundleVersion: bundleVersion,
                trainCampaigns: Set(train.map(\.campaign)).count,
                trainExamples: train.count,
                trainPositives: train.count(where: { $0.example.happened(tested) }),
                testCampaigns: Set(test.map(\.campaign)).count,
                openCampaigns: Set(
                    test.filter { $0.example.closesAt > data.observedUntil }.map(\.campaign)
                ).count, trainSeconds: seconds,
                test: AdMetrics(probabilities: probabilities, outcomes: hits, seed: options.seed),
                audience: AudienceTrial(test, probabilities: probabilities, outcome: tested),
                online: online ? trial(train, test, tested, data.observedUntil) : nil)
            if json { try printJSON(report) } else { report.show() }
        }
    }

    private func trial(
        _ train: [AdRow], _ test: [AdRow], _ outcome: AdOutcome, _ observedUntil: Int64
    ) -> OnlineTrial {
        let bar = ProgressBar("retraining")
        defer { bar.finish() }
        return OnlineTrial(
            earlier: train, later: test, observedUntil: observedUntil, outcome: outcome,
            trainer: options.trainer, onlineAlpha: options.onlineAlpha
        ) { done, total in
            bar.show(Double(done) / Double(max(1, total)), detail: "day \(done) of \(total)")
        }
    }
}

private struct AdEvaluation: Encodable {
    var outcome: String
    var bundleVersion: String
    var trainCampaigns: Int
    var trainExamples: Int
    var trainPositives: Int
    var testCampaigns: Int
    /// Of those, the ones that still ran when the events end.
    var openCampaigns: Int
    var trainSeconds: Double
    var test: AdMetrics
    var audience: AudienceTrial
    var online: OnlineTrial?

    func show() {
        print(
            String(
                format: "trained on %d campaigns: %@ impressions, %@ with a %@, in %.1f s",
                trainCampaigns, Terminal.grouped(trainExamples), Terminal.grouped(trainPositives),
                outcome, trainSeconds))
        print(
            "tested on \(testCampaigns) later ones: \(Terminal.grouped(test.exampleCount)) "
                + "impressions, \(Terminal.grouped(test.positiveCount)) with a \(outcome)")
        if openCampaigns > 0 {
            print(
                "  \(openCampaigns) of them still ran when the events end: probabilities are times the "
                    + "share of answers that come so early")
        }
        print("  area under the curve   \(interval(test.areaUnderCurve))")
        print("  log loss over the base rate's  \(interval(test.relativeLogLoss))")
        print(String(format: "  observed over predicted  %.2f", test.calibration))
        var table = Table([
            .init(header: "tenth", isNumber: true), .init(header: "predicted", isNumber: true),
            .init(header: "observed", isNumber: true), .init(header: "ratio", isNumber: true),
            .init(header: ""),
        ])
        for (number, decile) in test.deciles.enumerated() {
            table.add([
                "\(number + 1)", String(format: "%.1f%%", decile.meanProbability * 100),
                String(format: "%.1f%%", decile.observedRate * 100),
                String(format: "%.2f", decile.ratio),
                Terminal.bar(decile.observedRate, width: 24),
            ])
        }
        printLines(table.lines)
        print(
            String(
                format:
                    "of %d answers, the tenth of each campaign's users that is chosen has: by the "
                    + "model %.1f%%, by RFM rules %.1f%%, by purchase frequency %.1f%%, by lot %.1f%%",
                audience.answerCount, audience.model * 100, audience.rfmRules * 100,
                audience.purchaseFrequency * 100, audience.random * 100))
        if let online {
            print(
                String(
                    format: "online: log loss %.4f, area %.4f; fitted anew on %d days: %.4f, %.4f; "
                        + "not learning on: %.4f\n  online less anew: %.4f (%.4f to %.4f)",
                    online.onlineLogLoss, online.onlineAreaUnderCurve, online.retrainCount,
                    online.batchLogLoss, online.batchAreaUnderCurve, online.frozenLogLoss,
                    online.logLossDifference.value, online.logLossDifference.low,
                    online.logLossDifference.high))
        }
    }

    private func interval(_ interval: MeasuredFigure) -> String {
        String(format: "%.4f  (%.4f to %.4f)", interval.value, interval.low, interval.high)
    }
}

/// Examples as other programs learn from them: numbers as the model reads them, an empty cell where one
/// is missing; names as they are.
private struct AdExport {
    let learner: AdLearner
    let outcome: AdOutcome
    let index: AdIndex
    /// Of each row of the test, what part of its answers can have been seen.
    let shares: [Double]

    func write(train: [AdRow], test: [AdRow], to path: String) throws {
        let header =
            ["part", "user", "campaign", "day", "seen_share", "outcome", "probability"]
            + AdFeature.names
        var text = header.joined(separator: ",") + "\n"
        for row in train { text += line("train", row, seenShare: 1) + "\n" }
        for (row, share) in zip(test, shares) {
            text += line("test", row, seenShare: share) + "\n"
        }
        do {
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw Fault(
                .failedPrecondition, reason: "EXPORT_FAILED",
                "\(path) cannot be written: \(error.localizedDescription)")
        }
    }

    /// Names are the numbers of their weights: who was not told them learns them alike.
    private func line(_ part: String, _ row: AdRow, seenShare: Double) -> String {
        var cells = [String](repeating: "", count: AdFeature.count)
        for term in row.example.terms where !term.isMissing {
            let cell = term.feature.isNumber ? "\(term.value)" : "\(term.slot)"
            let position = term.feature.rawValue
            cells[position] += cells[position].isEmpty ? cell : " " + cell
        }
        let campaign = index.campaigns.name(of: row.campaign)
        let day = row.example.shownAt / (86_400 * 1_000_000_000)
        let probability = seenShare * Double(learner.probability(of: outcome, row.example.terms))
        return
            ([
                part, "\(row.user)", campaign, "\(day)", "\(seenShare)",
                row.example.happened(outcome) ? "1" : "0", "\(probability)",
            ] + cells).joined(separator: ",")
    }
}
