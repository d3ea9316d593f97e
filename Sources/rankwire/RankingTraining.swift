import ArgumentParser
import Base
import Foundation
import Inference
import Ranking
import Store
import Training

/// `RankingHeadKind` as a flag.
enum HeadChoice: String, CaseIterable, ExpressibleByArgument {
    case additive, perceptron

    var kind: RankingHeadKind { self == .additive ? .additive : .perceptron }
}

/// What training and evaluating a ranking take.
struct RankingTrainingOptions: ParsableArguments {
    @OptionGroup var storeOptions: StoreOptions

    @Option(help: "The model bundle whose vectors the items have.")
    var bundle: String

    @Option(help: "Events as CSV or JSON lines; the store's journal when absent.")
    var events: String?

    @Option(help: "Training ends at this time, e.g. 2017-10-02 or 2017-10-02T04:00:00Z.")
    var trainUntil: String

    @Option(help: "Days after a visit whose purchases are to be foreseen.")
    var horizonDays = 7

    @Option(help: "Visits of each user and block of 56 days to train on.")
    var questionsPerUser = RankingOptions().trainQuestionsPerUser

    @Option(help: "Candidates of each visit that were not bought, to train on.")
    var negatives = RankingOptions().negativesPerQuestion

    @Option(help: "Settings to try, by the loss on the time after training.")
    var trials = 1

    @Option(help: "What visits, rows and settings are drawn by.")
    var seed: UInt64 = 1

    @Option(help: "Write what each step did, a JSON object a line.")
    var log: String?

    func validate() throws {
        guard (1...90).contains(horizonDays) else {
            throw ValidationError("--horizon-days must be 1 to 90")
        }
        guard (1...100).contains(questionsPerUser) else {
            throw ValidationError("--questions-per-user must be 1 to 100")
        }
        guard (1...10_000).contains(negatives) else {
            throw ValidationError("--negatives must be 1 to 10000")
        }
        guard (1...100).contains(trials) else { throw ValidationError("--trials must be 1 to 100") }
    }

    var options: RankingOptions {
        var options = RankingOptions()
        options.trainQuestionsPerUser = questionsPerUser
        options.negativesPerQuestion = negatives
        options.trialCount = trials
        options.seed = seed
        return options
    }
}

/// A store's items and events, read for training.
struct RankingSource {
    let events: RankingEvents
    let bundleVersion: String

    init(_ options: RankingTrainingOptions) throws {
        do throws(BundleError) {
            bundleVersion = try ModelBundle.open(options.bundle).version
        } catch {
            throw Fault(
                .failedPrecondition, reason: "BUNDLE_UNREADABLE",
                "the bundle cannot be read: \(error)")
        }
        let store = try options.storeOptions.open(.readOnly)
        defer { store.close() }
        let catalog = try SQLiteCatalog(store: store).load(bundleVersion: bundleVersion)
        let source: HistorySource =
            options.events.map { .file(ImportSource(argument: $0)) } ?? .journal
        let bar = ProgressBar("reading events")
        let histories = try source.histories(store: store, catalog: catalog) { bar.show($0) }
        events = RankingEvents(histories: histories, table: catalog.items)
        bar.finish(detail: "\(Terminal.grouped(events.eventCount)) events")
    }

    /// - Parameter testFrom: nil for the moment after the last event.
    func times(_ options: RankingTrainingOptions, testFrom: String?) throws(Fault) -> RankingTimes {
        let trainUntil = try TimeOption.nanoseconds(options.trainUntil, "train-until")
        let end = try testFrom.map { text throws(Fault) in
            try TimeOption.nanoseconds(text, "test-from")
        }
        var times = RankingTimes(
            trainUntilUnixNanoseconds: trainUntil,
            testFromUnixNanoseconds: end ?? events.lastEventUnixNanoseconds + 1)
        times.horizonDays = options.horizonDays
        guard times.testFromUnixNanoseconds > trainUntil else {
            throw .invalid("train-until", "must be before the test and the last event")
        }
        return times
    }
}

enum TimeOption {
    /// A day or a moment, ISO 8601, UTC.
    static func nanoseconds(_ text: String, _ name: String) throws(Fault) -> Int64 {
        let whole = text.count == 10 ? text + "T00:00:00Z" : text
        guard let date = try? Date(whole, strategy: .iso8601) else {
            throw .invalid(name, "expected a time such as 2017-10-02T04:00:00Z, got \(text)")
        }
        return Int64(date.timeIntervalSince1970) * 1_000_000_000
    }
}

/// Progress bars of steps that follow one another, shown from any thread.
final class StepBars: @unchecked Sendable {
    private let lock = NSLock()
    private var step = ""
    private var bar: ProgressBar?

    func show(_ step: String, _ share: Double) {
        lock.lock()
        defer { lock.unlock() }
        if step != self.step {
            bar?.finish()
            bar = ProgressBar(step)
            self.step = step
        }
        bar?.show(share)
    }

    func finish() {
        lock.lock()
        defer { lock.unlock() }
        bar?.finish()
        bar = nil
    }
}

/// A run log: a JSON object a line, written as it happens.
final class RunLog {
    private let file: FileHandle?
    private let start = Date()

    init(path: String?) throws(Fault) {
        guard let path else {
            file = nil
            return
        }
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let file = FileHandle(forWritingAtPath: path)
        else {
            throw Fault(
                .failedPrecondition, reason: "OUTPUT_UNWRITABLE", "\(path) cannot be written")
        }
        self.file = file
    }

    private struct Line: Encodable {
        var seconds: Double
        var step: String
        var values: [String: Double]
        var names: [String]
    }

    func write(_ entry: RankingLogEntry) {
        guard let file else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let line = Line(
            seconds: Date().timeIntervalSince(start), step: entry.step, values: entry.values,
            names: entry.names)
        // A full disk ends no training.
        if let data = try? encoder.encode(line) {
            try? file.write(contentsOf: data + Data("\n".utf8))
        }
    }
}
