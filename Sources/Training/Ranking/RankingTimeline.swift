// The time of a data set cut into blocks. What is asked at a moment is answered from what was before it:
// the user's own events before the moment, everyone's before the block. Labels are what came after, and end
// with the block, so that no block looks into the next.

internal import Ranking
public import Store

/// When training, choosing and testing take place.
public struct RankingTimes: Sendable, Equatable, Codable {
    /// Training ends here, choosing begins.
    public var trainUntilUnixNanoseconds: Int64
    /// Choosing ends here, the test begins.
    public var testFromUnixNanoseconds: Int64
    /// What a user buys in so many days after a moment is what was to be foreseen.
    public var horizonDays = 7
    public var trainBlockDays = 56
    public var trainBlockCount = 3

    public init(trainUntilUnixNanoseconds: Int64, testFromUnixNanoseconds: Int64) {
        self.trainUntilUnixNanoseconds = trainUntilUnixNanoseconds
        self.testFromUnixNanoseconds = testFromUnixNanoseconds
    }

    static let dayNanoseconds: Int64 = 86_400 * 1_000_000_000

    var horizonNanoseconds: Int64 { Int64(horizonDays) * Self.dayNanoseconds }

    /// Moments of questions and the end of their labels.
    struct Span: Equatable {
        var start: Int64
        var end: Int64
    }

    var trainSpans: [Span] {
        let length = Int64(trainBlockDays) * Self.dayNanoseconds
        return (0..<trainBlockCount).reversed().map { back in
            let end = trainUntilUnixNanoseconds - Int64(back) * length
            return Span(start: end - length, end: end)
        }
    }

    var choiceSpan: Span {
        Span(start: trainUntilUnixNanoseconds, end: testFromUnixNanoseconds)
    }

    func testSpan(lastEvent: Int64) -> Span {
        Span(start: testFromUnixNanoseconds, end: lastEvent + 1)
    }
}

/// A moment at which a user came to buy.
struct RankingQuestion: Sendable, Equatable {
    var user: Int
    var unixNanoseconds: Int64
    /// The user's events before it.
    var eventCount: Int
    /// Rows bought from the moment on, within the horizon, each once.
    var boughtRows: [Int32]
    /// How many of them the user never bought before.
    var newCount: Int
}

/// All histories with the catalogue's rows of their events.
public struct RankingEvents: Sendable {
    /// A purchase so long after the last begins another visit.
    private static let visitNanoseconds: Int64 = 12 * 3_600 * 1_000_000_000

    public let histories: [ShopperHistory]
    /// Row of each event's item in the table; -1 for what is not an item of it.
    let rows: [[Int32]]
    let table: ItemTable
    public let eventCount: Int
    let lastEvent: Int64

    public var lastEventUnixNanoseconds: Int64 { lastEvent }

    public init(histories: [ShopperHistory], table: ItemTable) {
        self.histories = histories
        self.table = table
        var known: [String: Int32] = [:]
        rows = histories.map { history in
            history.events.map { event in
                let id = event.event.itemId
                if let row = known[id] { return row }
                let row = Int32(table.row(of: id) ?? -1)
                known[id] = row
                return row
            }
        }
        eventCount = histories.reduce(0) { $0 + $1.events.count }
        lastEvent = histories.compactMap(\.events.last?.event.unixNanoseconds).max() ?? 0
    }

    /// A user's visits in a span whose horizon ends within it.
    func questions(of user: Int, in span: RankingTimes.Span, horizon: Int64) -> [RankingQuestion] {
        let (events, rows) = (histories[user].events, rows[user])
        var questions: [RankingQuestion] = []
        var lastPurchase = Int64.min / 2
        var before: Set<Int32> = []
        for index in events.indices where events[index].event.type == .purchase {
            let time = events[index].event.unixNanoseconds
            defer {
                lastPurchase = time
                before.insert(rows[index])
            }
            if time + horizon > span.end { break }
            guard time >= span.start, time - lastPurchase > Self.visitNanoseconds else { continue }
            var bought: Set<Int32> = []
            var next = index
            while next < events.count, events[next].event.unixNanoseconds < time + horizon {
                if events[next].event.type == .purchase, rows[next] >= 0 {
                    bought.insert(rows[next])
                }
                next += 1
            }
            guard !bought.isEmpty else { continue }
            questions.append(
                RankingQuestion(
                    user: user, unixNanoseconds: time,
                    eventCount: histories[user].count(before: time), boughtRows: bought.sorted(),
                    newCount: bought.subtracting(before).count))
        }
        return questions
    }
}

/// What is known at the start of a span: statistics and popularity of what came before.
struct RankingBlock: Sendable {
    let span: RankingTimes.Span
    let statistics: ItemStatistics
    let table: ItemTable
    let bound: BoundStatistics
    let pool: CandidatePool

    /// - Parameter statistics: other than those of the span's begin.
    init(_ events: RankingEvents, span: RankingTimes.Span, statistics: ItemStatistics? = nil) {
        self.span = span
        var counter = StatisticsCounter(asOf: span.start, table: events.table)
        for (history, rows) in zip(events.histories, events.rows) {
            counter.add(history, rows: rows)
        }
        self.statistics = statistics ?? counter.statistics()
        let source = events.table
        table = ItemTable(
            items: (0..<source.count).map { source.item(at: $0) }, vectors: source.vectors,
            vectorRows: source.vectorRows,
            popularity: ItemTable.popularity(ofPurchases: counter.purchases))
        bound = BoundStatistics(self.statistics, table: table)
        pool = CandidatePool(table: table, statistics: self.statistics)
    }
}
