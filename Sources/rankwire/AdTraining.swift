import Ads
import ArgumentParser
import Base
import Foundation
import Inference
import Store
import Training

/// What training and evaluation take.
struct AdTrainingOptions: ParsableArguments {
    @OptionGroup var storeOptions: StoreOptions

    @Option(help: "CSV of who was sent which campaign: user,campaign[,time].")
    var campaigns: String?

    @Option(help: "Labels of what features may be made from, with commas between; all when absent.")
    var labels: String?

    @Option(help: "Hours after an impression in which a click is its.")
    var clickHours = 24

    @Option(help: "Days after an impression in which a redemption or purchase is its.")
    var conversionDays = 7

    @Option(help: "Keep this part of the impressions without an answer; they count for all.")
    var negativeRate: Float = 1

    @Option(help: "How often the examples are read.")
    var passes = AdTrainer().passCount

    @Option(help: "Learning rate.")
    var alpha = LearningOptions.offline.alpha

    @Option(help: "Learning rate of a server that goes on learning.")
    var onlineAlpha = LearningOptions.online.alpha

    @Option(help: "Weights with less evidence stay 0.")
    var l1 = LearningOptions.offline.l1

    @Option(help: "What pulls weights to 0.")
    var l2 = LearningOptions.offline.l2

    @Option(help: "Of the order of examples and of what is drawn.")
    var seed: UInt64 = 1

    func validate() throws {
        guard (1...1_000).contains(passes) else {
            throw ValidationError("--passes must be 1 to 1000")
        }
        guard negativeRate > 0, negativeRate <= 1 else {
            throw ValidationError("--negative-rate must be above 0 and at most 1")
        }
        guard alpha > 0, alpha.isFinite, onlineAlpha > 0, onlineAlpha.isFinite, l1 >= 0,
            l1.isFinite, l2 >= 0, l2.isFinite
        else {
            throw ValidationError(
                "--alpha and --online-alpha must be above 0, --l1 and --l2 not below")
        }
        guard (1...8_784).contains(clickHours), (1...366).contains(conversionDays),
            clickHours <= conversionDays * 24
        else {
            throw ValidationError(
                "--conversion-days must be 1 to 366, --click-hours at least 1 and no longer")
        }
    }

    var trainer: AdTrainer {
        var learning = LearningOptions.offline
        learning.alpha = alpha
        learning.l1 = l1
        learning.l2 = l2
        return AdTrainer(options: learning, passCount: passes, seed: seed)
    }

    /// The store's examples, and the version of the bundle that made its vectors.
    func dataset() throws -> (data: AdDataset, bundleVersion: String) {
        let store = try storeOptions.open(.readOnly)
        defer { store.close() }
        let permitted = try labels.map {
            try DataLabels(names: $0.split(separator: ",").map(String.init))
        }
        let reader = SQLiteCatalog(store: store)
        guard let encoder = try reader.encoder() else {
            throw Fault(
                .failedPrecondition, reason: "NO_CATALOGUE",
                "the store has no catalogue: import items and ads first")
        }
        let ads = AdIndex(try reader.load(bundleVersion: nil).ads)
        let bar = ProgressBar("reading users")
        let data = try AdDataset(
            store: store,
            reader: AdExampleReader(
                index: ads,
                windows: AttributionWindows(
                    clickSeconds: clickHours * 3_600, conversionSeconds: conversionDays * 86_400),
                negativeRate: negativeRate, labels: permitted ?? .all),
            targets: try campaigns.map { try TargetFile(path: $0).targets } ?? [],
            closedBefore: SystemTime().unixNanoseconds()
        ) { done, total in
            bar.show(
                Double(done) / Double(max(1, total)),
                detail: "\(Terminal.grouped(done)) of \(Terminal.grouped(total))")
        }
        bar.finish()
        guard !data.rows.isEmpty else {
            throw Fault(
                .failedPrecondition, reason: "NO_EXAMPLES",
                "there is nothing to learn from: no impression of an ad of the catalogue has closed, "
                    + "and --campaigns names no user and campaign of the store")
        }
        return (data, encoder.bundleVersion)
    }
}

struct TrainAds: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ads",
        abstract: "Fit the click and conversion model to the events of a store.",
        discussion: """
            Impressions are events, or --campaigns names who was sent all ads of a campaign. Features are \
            what the profile knew just before. The model goes beside the bundle's files; a running server \
            takes it by ModelService.ReloadModel.
            """)

    @OptionGroup var options: AdTrainingOptions

    @Option(help: "The bundle beside whose files the model goes, as ads.head.")
    var bundle: String?

    @Option(help: "The model to write; BUNDLE/ads.head when absent.")
    var output: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard bundle != nil || output != nil else {
            throw ValidationError("Give --bundle DIRECTORY or --output FILE.")
        }
    }

    func run() throws {
        try reportingFaults {
            let start = Date()
            let (data, bundleVersion) = try options.dataset()
            let known = data.closed(data.rows)
            var learner = options.trainer.fit(known.map(\.example))
            learner.continueOnline(passCount: options.passes, alpha: options.onlineAlpha)
            let path = output ?? (bundle ?? ".") + "/" + AdModelFile.name
            let version = try AdModelFile.write(
                AdModelState(learner, bundleVersion: bundleVersion), to: path)
            let report = AdTrainingReport(
                output: path, version: version, bundleVersion: bundleVersion,
                exampleCount: known.count, campaignCount: Set(known.map(\.campaign)).count,
                clicks: known.count(where: { $0.example.clicked }),
                conversions: known.count(where: { $0.example.converted }),
                unknownTargets: data.unknownTargetCount, feedback: data.counts,
                seconds: Date().timeIntervalSince(start))
            if json { try printJSON(report) } else { report.show() }
        }
    }
}

private struct AdTrainingReport: Encodable {
    var output: String
    var version: String
    var bundleVersion: String
    var exampleCount: Int
    var campaignCount: Int
    var clicks: Int
    var conversions: Int
    var unknownTargets: Int
    var feedback: FeedbackCounts
    var seconds: Double

    func show() {
        print(
            "\(output): \(Terminal.grouped(exampleCount)) impressions of "
                + "\(Terminal.grouped(campaignCount)) campaigns, \(Terminal.grouped(clicks)) clicked, "
                + "\(Terminal.grouped(conversions)) converted; "
                + String(format: "%.1f s", seconds))
        for (outcome, count) in [("click", clicks), ("conversion", conversions)]
        where count < AdTrainer.minPositives {
            print("  \(outcome): fewer than \(AdTrainer.minPositives), stays as set by hand")
        }
        if unknownTargets > 0 {
            print("  \(Terminal.grouped(unknownTargets)) targets of unknown users or campaigns")
        }
        print(Terminal.dim("  model \(version) for bundle \(bundleVersion.prefix(12))"))
    }
}
