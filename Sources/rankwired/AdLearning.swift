// Learning from feedback while the server serves. The journal is the truth: what an impression came to
// is read from it when the impression's window closes, features and all, so that a server that was
// killed learns the same when it starts again: from the last snapshot's moment on. What is kept in
// memory is only whom to look at when.

import Ads
import Base
import Foundation
import Glibc
import Logging
import Messages
import Service
import Store
import Synchronization

final class AdLearning: AdFeedback {
    /// Users with impressions under way that are remembered; beyond, the journal is searched.
    private static let maxDueUsers = 1_000_000
    private static let usersPerRead = 64
    /// An event is committed that much after it happened, at the latest, to be in time.
    private static let graceNanoseconds: Int64 = 1_000_000_000
    /// How long a snapshot may be behind when nothing is learnt.
    private static let snapshotIntervalNanoseconds: UInt64 = 600 * 1_000_000_000
    /// What is left of the processors, as good as.
    private static let niceness: Int32 = 15

    private struct Progress {
        var guarded: GuardedLearner
        /// Version of the `ads.head` that learning went on from; empty without one.
        var origin: String
        var bundleVersion: String
        /// Of the weights that answer.
        var version: String
        /// When to look at a user next, Unix nanoseconds.
        var due: [Pseudonym: Int64] = [:]
        /// Whether there may be users that `due` does not have.
        var mustSearch = true
        var counts = FeedbackCounts()
        var isClosed = false
    }

    private let progress: Mutex<Progress>
    private let snapshotPath: String
    private let windows: AttributionWindows
    private let negativeRate: Float
    private let isOn: Bool
    private let intervalMs: Int
    private let checkIntervalNanoseconds: UInt64
    private let maxRecentItems: Int
    private let logger: Logger
    private let wake = DispatchSemaphore(value: 0)
    private let hasEnded = DispatchSemaphore(value: 0)
    private let isRunning = Atomic<Bool>(false)

    /// - Parameter head: `ads.head` of the bundle; nil where there is none.
    init(
        storePath: String, head: AdModelState?, bundleVersion: String, settings: Settings,
        logger: Logger
    ) {
        snapshotPath = AdModelFile.path(besideStore: storePath)
        windows = settings.attributionWindows
        negativeRate = Float(settings.number(.adNegativePercent)) / 100
        isOn = settings.number(.adLearning) == 1
        intervalMs = settings.number(.adLearningIntervalMs)
        checkIntervalNanoseconds = UInt64(settings.number(.adCheckIntervalMs)) * 1_000_000
        maxRecentItems = settings.limits.maxRecentItems
        self.logger = logger
        var progress = Self.beginning(head, bundleVersion)
        do throws(Fault) {
            let found = try AdModelFile.read(snapshotPath, bundleVersion: bundleVersion)
            if let found, found.origin == progress.origin {
                progress.guarded = GuardedLearner(found.learner)
                progress.version = found.version
            }
        } catch {
            logger.notice("what was learnt from feedback is learnt again: \(error.message)")
        }
        self.progress = Mutex(progress)
    }

    /// Without a head nothing before this moment is learnt: that is for `rankwire train ads`.
    private static func beginning(_ head: AdModelState?, _ bundleVersion: String) -> Progress {
        var learner = head?.learner ?? AdLearner(options: .online)
        if head == nil { learner.advance(to: SystemTime().unixNanoseconds()) }
        return Progress(
            guarded: GuardedLearner(learner), origin: head?.version ?? "",
            bundleVersion: bundleVersion, version: head?.version ?? AdModel.handSet.version)
    }

    /// What answers now.
    var model: AdModel { progress.withLock { Self.model($0) } }

    private static func model(_ progress: Progress) -> AdModel {
        progress.guarded.good.model(version: progress.version)
    }

    func card() -> AdModelCard {
        progress.withLock { progress in
            var card = AdModelCard()
            let good = progress.guarded.good
            card.version = progress.version
            card.clickExampleCount = good.exampleCount(.click)
            card.conversionExampleCount = good.exampleCount(.conversion)
            card.learntThrough =
                good.exampleCount(.click) + good.exampleCount(.conversion) > 0
                ? good.learntThrough : nil
            card.promotedCount = progress.guarded.promotedCount
            card.refusedCount = progress.guarded.refusedCount
            card.feedback = progress.counts
            return card
        }
    }

    /// A bundle takes over: a head that learning did not start from is a new start.
    /// - Returns: what is to answer.
    func adopt(_ head: AdModelState?, bundleVersion: String) -> AdModel {
        progress.withLock { progress in
            if progress.origin != head?.version ?? "" || progress.bundleVersion != bundleVersion {
                let (counts, isClosed) = (progress.counts, progress.isClosed)
                progress = Self.beginning(head, bundleVersion)
                progress.counts = counts
                progress.isClosed = isClosed
            }
            return Self.model(progress)
        }
    }

    /// Events that are durable. The writing thread.
    func note(_ events: [UserEvent]) {
        guard isOn else { return }
        let relevant = events.compactMap { event -> (Pseudonym, Int64)? in
            let time = event.event.event.unixNanoseconds
            switch event.event.event.type {
            case .impression:
                return (event.pseudonym, time + windows.conversionNanoseconds)
            case .click, .redemption: return (event.pseudonym, time)
            default: return nil
            }
        }
        if relevant.isEmpty { return }
        progress.withLock { progress in
            for (pseudonym, time) in relevant { Self.remember(pseudonym, time, &progress) }
        }
    }

    private static func remember(_ user: Pseudonym, _ time: Int64, _ progress: inout Progress) {
        if let known = progress.due[user] {
            progress.due[user] = min(known, time)
        } else if progress.due.count < maxDueUsers {
            progress.due[user] = time
        } else {
            progress.mustSearch = true
        }
    }

    // MARK: The thread

    /// - Parameter store: a connection to read by; this closes it.
    func start(store: SQLiteStore, state: ServerState, publishing: Publishing) throws {
        guard isOn else { return store.close() }
        isRunning.store(true, ordering: .releasing)
        let thread = Thread { [self] in
            ThreadName.set("ad learning")
            _ = setpriority(Int32(PRIO_PROCESS.rawValue), 0, Self.niceness)
            run(store, state, publishing)
            store.close()
            hasEnded.signal()
        }
        thread.start()
    }

    /// Ends the thread; what was learnt is kept.
    func close() {
        guard isRunning.exchange(false, ordering: .acquiringAndReleasing) else { return }
        progress.withLock { $0.isClosed = true }
        wake.signal()
        hasEnded.wait()
    }

    private func run(_ store: SQLiteStore, _ state: ServerState, _ publishing: Publishing) {
        var checkedAt = state.time.now()
        var savedAt = checkedAt
        while true {
            _ = wake.wait(timeout: .now() + .milliseconds(intervalMs))
            let isClosed = progress.withLock { $0.isClosed }
            do throws(Fault) {
                let verdicts = try learn(store, state)
                for verdict in verdicts { report(verdict) }
                let now = state.time.now()
                var isNew = verdicts.contains(.promoted)
                if isClosed || now.nanoseconds(since: checkedAt) >= checkIntervalNanoseconds {
                    checkedAt = now
                    if let verdict = progress.withLock({ $0.guarded.check() }) {
                        report(verdict)
                        isNew = isNew || verdict == .promoted
                    }
                }
                let isBehind =
                    now.nanoseconds(since: savedAt) >= Self.snapshotIntervalNanoseconds
                if isNew || isBehind || isClosed {
                    savedAt = now
                    try save()
                }
                if isNew { publish(state, publishing) }
            } catch { logger.warning("feedback waits: \(error.message)") }
            if isClosed { return }
        }
    }

    /// Learns what has closed since the last time.
    private func learn(
        _ store: SQLiteStore, _ state: ServerState
    ) throws(Fault) -> [GuardedLearner.Verdict] {
        let until = state.time.unixNanoseconds() - Self.graceNanoseconds
        let reader = AdExampleReader(
            index: state.models.load().ads.index, windows: windows, negativeRate: negativeRate,
            maxRecentItems: maxRecentItems)
        let (from, origin) = progress.withLock {
            ($0.guarded.learner.learntThrough, $0.origin)
        }
        guard from < until else { return [] }
        try searchIfDue(store, reader, from)
        // Who is noted from here on comes again.
        let users = progress.withLock { progress in
            let due = progress.due.filter { $0.value < until }.keys.sorted()
            for user in due { progress.due[user] = nil }
            return due
        }
        do throws(Fault) {
            let found = try read(users, store, reader, from..<until)
            return progress.withLock { progress in
                for (user, time) in found.next { Self.remember(user, time, &progress) }
                // A new bundle took over meanwhile: this was not read for it.
                guard progress.origin == origin else {
                    progress.mustSearch = true
                    return []
                }
                progress.counts += found.counts
                let verdicts = found.examples.compactMap { progress.guarded.learn($0) }
                progress.guarded.advance(to: until)
                return verdicts
            }
        } catch {
            progress.withLock { progress in
                for user in users { Self.remember(user, .min, &progress) }
            }
            throw error
        }
    }

    /// Finds the users that `due` may lack: those of before the start, and those it had no room for.
    private func searchIfDue(
        _ store: SQLiteStore, _ reader: AdExampleReader, _ from: Int64
    ) throws(Fault) {
        guard progress.withLock({ $0.mustSearch }) else { return }
        progress.withLock { $0.mustSearch = false }
        if reader.index.table.count == 0 { return }
        do throws(Fault) {
            let (since, overflow) = from.subtractingReportingOverflow(
                windows.conversionNanoseconds)
            let users = try store.users(activeSince: overflow ? .min : since)
            progress.withLock { progress in
                for user in users { Self.remember(user, .min, &progress) }
            }
        } catch {
            progress.withLock { $0.mustSearch = true }
            throw error
        }
    }

    private struct Found {
        /// In the order they closed.
        var examples: [AdExample] = []
        var counts = FeedbackCounts()
        var next: [Pseudonym: Int64] = [:]
    }

    private func read(
        _ users: [Pseudonym], _ store: SQLiteStore, _ reader: AdExampleReader, _ span: Range<Int64>
    ) throws(Fault) -> Found {
        var found = Found()
        var examples: [(user: Pseudonym, example: AdExample)] = []
        for start in stride(from: 0, to: users.count, by: Self.usersPerRead) {
            let some = Array(users[start..<min(start + Self.usersPerRead, users.count)])
            for history in try store.journals(of: some) {
                let readings = reader.examples(
                    of: history, closing: span, counts: &found.counts)
                examples += readings.map { (history.pseudonym, $0.example) }
                found.next[history.pseudonym] = reader.nextMoment(
                    of: history, from: span.upperBound)
            }
        }
        examples.sort {
            $0.example.closesAt != $1.example.closesAt
                ? $0.example.closesAt < $1.example.closesAt : $0.user < $1.user
        }
        found.examples = examples.map(\.example)
        return found
    }

    private func report(_ verdict: GuardedLearner.Verdict) {
        switch verdict {
        case .promoted: logger.debug("weights learnt from feedback took over")
        case .refused(let reason):
            logger.warning(
                "weights learnt from feedback were refused, the last good ones stay: \(reason)")
        }
    }

    private func save() throws(Fault) {
        let state = progress.withLock { progress in
            AdModelState(
                progress.guarded.good, bundleVersion: progress.bundleVersion,
                origin: progress.origin)
        }
        let version = try AdModelFile.write(state, to: snapshotPath)
        progress.withLock { if $0.origin == state.origin { $0.version = version } }
    }

    private func publish(_ state: ServerState, _ publishing: Publishing) {
        publishing.exclusively { () throws(Never) in
            state.models.store(state.models.load().with(model))
        }
    }
}

extension Settings {
    var attributionWindows: AttributionWindows {
        AttributionWindows(
            clickSeconds: number(.adClickWindowSeconds),
            conversionSeconds: number(.adConversionWindowSeconds))
    }

    /// What is wrong with the settings of ads.
    var adProblems: [String] {
        var problems: [String] = []
        let (click, conversion) = (
            number(.adClickWindowSeconds), number(.adConversionWindowSeconds)
        )
        if click < 1 || click > conversion || conversion > 366 * 86_400 {
            problems.append(
                "ads.clickWindowSeconds must be at least 1 and at most "
                    + "ads.conversionWindowSeconds, which must be at most a year")
        }
        if !(1...100).contains(number(.adNegativePercent)) {
            problems.append("ads.negativePercent must be 1 to 100")
        }
        if number(.adLearningIntervalMs) < 10 {
            problems.append("ads.learningIntervalMs must be at least 10")
        }
        return problems
    }
}
