// Questions become rows of features by the functions that serve: profile folded from the events before the
// moment, candidates, extractor.

internal import Base
private import Dispatch
internal import Inference
internal import Ranking
internal import Store
private import Synchronization

/// Candidates of questions with their features, question after question.
struct RankingRows: Sendable {
    var features: [FeatureVector] = []
    /// 1 for what was bought.
    var labels: [Float] = []
    /// How many candidates a row stands for.
    var weights: [Float] = []
    /// Rows of the items' table and of its vectors, -1 for none.
    var items: [Int32] = []
    var vectorRows: [Int32] = []
    /// Days on which the user bought the item before, however long ago.
    var ownDays: [Int32] = []
    /// Where each question's rows begin, and the end of the last.
    var starts: [Int] = [0]
    var questions: [RankingQuestion] = []
    /// The user's interest at each question.
    var interests: [Int8Vector?] = []

    var count: Int { labels.count }

    mutating func append(_ other: RankingRows) {
        let offset = count
        features += other.features
        labels += other.labels
        weights += other.weights
        items += other.items
        vectorRows += other.vectorRows
        ownDays += other.ownDays
        starts += other.starts.dropFirst().map { $0 + offset }
        questions += other.questions
        interests += other.interests
    }
}

/// How many questions and rows there are to be.
struct RowOptions {
    var questionsPerUser = 3
    var candidateCount = 1_000
    /// Of those that were not bought; nil for all.
    var negativeCount: Int? = 60
    var seed: UInt64 = 1
    /// Moments later than they were: a test plants a leak with it.
    var lookAheadNanoseconds: Int64 = 0
}

struct RowBuilder: Sendable {
    private static let usersPerTask = 32

    let events: RankingEvents
    let block: RankingBlock
    let horizon: Int64
    let options: RowOptions

    /// - Parameter progress: called with a share, from any thread.
    func rows(progress: @escaping @Sendable (Double) -> Void) -> RankingRows {
        let userCount = events.histories.count
        let taskCount = (userCount + Self.usersPerTask - 1) / Self.usersPerTask
        let results = Mutex([Int: RankingRows]())
        DispatchQueue.concurrentPerform(iterations: taskCount) { task in
            var rows = RankingRows()
            var scratch = CandidatePool.Scratch()
            let first = task * Self.usersPerTask
            for user in first..<min(first + Self.usersPerTask, userCount) {
                add(user, to: &rows, &scratch)
            }
            let done = results.withLock {
                $0[task] = rows
                return $0.count
            }
            progress(Double(done) / Double(taskCount))
        }
        return results.withLock { results in
            var all = RankingRows()
            for task in 0..<taskCount { if let rows = results[task] { all.append(rows) } }
            return all
        }
    }

    /// Some of a user's visits, drawn by the seed.
    private func add(
        _ user: Int, to rows: inout RankingRows, _ scratch: inout CandidatePool.Scratch
    ) {
        var random = SeededRandom(seed: options.seed &* 1_000_003 &+ UInt64(user))
        var questions = events.questions(of: user, in: block.span, horizon: horizon)
        questions.shuffle(using: &random)
        questions = Array(questions.prefix(options.questionsPerUser))
        questions.sort { $0.unixNanoseconds < $1.unixNanoseconds }
        let history = events.histories[user]
        var accumulator = ProfileAccumulator(maxRecentItems: Limits().maxRecentItems)
        var folded = 0
        var own: [Int32: (days: Int32, last: Int64)] = [:]
        for question in questions {
            var end = question.eventCount
            if options.lookAheadNanoseconds > 0 {
                end = history.count(
                    before: question.unixNanoseconds + options.lookAheadNanoseconds)
            }
            while folded < end {
                accumulator.add(history.events[folded])
                count(history.events[folded].event, events.rows[user][folded], in: &own)
                folded += 1
            }
            let profile = accumulator.profile(attributes: history.attributes)
            let before = rows.count
            add(question, profile, to: &rows, &random, &scratch)
            rows.ownDays += rows.items[before...].map { own[$0]?.days ?? 0 }
        }
    }

    private func count(
        _ event: Event, _ row: Int32, in own: inout [Int32: (days: Int32, last: Int64)]
    ) {
        guard event.type == .purchase, row >= 0 else { return }
        let day = event.unixNanoseconds / RankingTimes.dayNanoseconds
        let known = own[row]
        own[row] = ((known?.days ?? 0) + (known?.last == day ? 0 : 1), day)
    }

    private func add(
        _ question: RankingQuestion, _ profile: Profile, to rows: inout RankingRows,
        _ random: inout SeededRandom, _ scratch: inout CandidatePool.Scratch
    ) {
        let pool = block.pool.rows(for: profile, count: options.candidateCount, &scratch)
        let bought = Set(question.boughtRows)
        var others = pool.filter { !bought.contains($0) }
        var weight: Float = 1
        if let wanted = options.negativeCount, others.count > wanted {
            weight = Float(others.count) / Float(wanted)
            others.shuffle(using: &random)
            others.removeLast(others.count - wanted)
        }
        // In the pool's order, which knows no labels: ties are decided by it.
        let drawn = Set(others)
        let chosen = pool.filter { bought.contains($0) || drawn.contains($0) }
        let subject = Subject(
            profile: profile,
            context: RequestContext(
                unixNanoseconds: question.unixNanoseconds,
                channel: channel(of: question), device: device(of: question)))
        var candidates = CandidateList()
        candidates.reserve(chosen.count)
        for (index, row) in chosen.enumerated() {
            candidates.append(row: Int(row), requestIndex: index)
        }
        var extractor = FeatureExtractor(
            subject: subject, table: block.table, candidates: candidates, statistics: block.bound)
        for row in chosen {
            rows.features.append(extractor.features(of: row))
            let isBought = bought.contains(row)
            rows.labels.append(isBought ? 1 : 0)
            rows.weights.append(isBought ? 1 : weight)
            rows.items.append(row)
            rows.vectorRows.append(block.table.vectorRows[Int(row)])
        }
        rows.starts.append(rows.count)
        rows.questions.append(question)
        rows.interests.append(profile.interest)
    }

    /// What the user came by: known when the visit begins.
    private func channel(of question: RankingQuestion) -> String {
        events.histories[question.user].events[question.eventCount].event.channel
    }

    private func device(of question: RankingQuestion) -> String {
        events.histories[question.user].events[question.eventCount].event.device
    }
}
