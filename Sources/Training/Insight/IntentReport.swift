// What a file of customers' messages says: what they want, how it changes, what no intent covers yet, and
// how far they are from what the classifier learned from.

public import Inference
public import Intents
public import Store

public struct IntentReport: Sendable, Equatable, Codable {
    public struct Volume: Sendable, Equatable, Codable {
        public var intent: String
        public var count = 0
        public var share = 0.0
        /// Messages in each of the report's periods.
        public var counts: [Int]
        /// Share in the second half of the messages less that in the first.
        public var trend = 0.0
        /// Whether so much of a trend is hardly chance: beyond three standard errors.
        public var isTrendNotable = false
        /// Mean, -1 to 1.
        public var sentiment = 0.0
    }

    public struct Confusion: Sendable, Equatable, Codable {
        public var first: String
        public var second: String
        /// Messages between the two: the best leads the second by little.
        public var count: Int
        public var example: String
    }

    public struct Drift: Sendable, Equatable, Codable {
        public struct Intent: Sendable, Equatable, Codable {
            public var intent: String
            public var count: Int
            public var messageSimilarity: Double
            public var exampleSimilarity: Double
        }

        /// Mean cosine of a message that an intent covers to the nearest of its examples.
        public var messageSimilarity = 0.0
        /// The same of an example to the nearest other one of its intent.
        public var exampleSimilarity = 0.0
        /// Those that are asked for otherwise than in their examples, the most first.
        public var intents: [Intent] = []
    }

    public var messageCount = 0
    public var outOfScopeCount = 0
    public var sentiment = 0.0
    /// Of equal length, from the first message's time to the last one's; of equal count without times.
    public var periodCount = 0
    public var firstUnixSeconds: Int64?
    public var lastUnixSeconds: Int64?
    /// Most first.
    public var volumes: [Volume] = []
    /// Largest first.
    public var clusters: [MessageCluster] = []
    /// Most first.
    public var confusions: [Confusion] = []
    public var drift = Drift()

    public static let outOfScopeName = "out_of_scope"
    private static let mostPeriods = 12
    private static let notableErrors = 3.0
    private static let closeLead: Float = 0.2
    private static let maxListed = 20
    /// Fewer messages say little of how an intent is asked for.
    private static let leastDriftCount = 10

    /// What a message was taken for.
    private struct Reading {
        var name: String
        var mood: Double
        var second: String?
    }

    /// - Parameters:
    ///   - messages: oldest first.
    ///   - vectors: one a message.
    public init(
        _ messages: [CustomerMessage], _ vectors: [Int8Vector], by classifier: IntentClassifier
    ) {
        precondition(messages.count == vectors.count, "one vector a message")
        messageCount = messages.count
        let readings = zip(messages, vectors).map { Self.read($0.text, $1, classifier) }
        let strangers = readings.indices.filter { readings[$0].name == Self.outOfScopeName }
        outOfScopeCount = strangers.count
        sentiment = readings.reduce(0) { $0 + $1.mood } / Double(max(messages.count, 1))
        let periods = setPeriods(messages)
        setVolumes(readings, periods)
        setConfusions(readings, messages)
        clusters = MessageCluster.clusters(strangers, messages.map(\.text), vectors)
        drift = Drift(readings.map(\.name), vectors, classifier.table, Self.leastDriftCount)
    }

    private static func read(
        _ text: String, _ vector: Int8Vector, _ classifier: IntentClassifier
    ) -> Reading {
        let answer = classifier.classify(vector, topK: 2)
        let words = Words(text)
        let mood = Double(Mood(words).sentiment)
        guard !answer.isOutOfScope, words.saysSomething, let best = answer.intents.first else {
            return Reading(name: outOfScopeName, mood: mood)
        }
        let isClose =
            answer.intents.count == 2
            && best.probability - answer.intents[1].probability < closeLead
        return Reading(
            name: best.name, mood: mood, second: isClose ? answer.intents[1].name : nil)
    }

    /// The period of each message.
    private mutating func setPeriods(_ messages: [CustomerMessage]) -> [Int] {
        periodCount = min(Self.mostPeriods, messages.count)
        let times = messages.compactMap(\.unixNanoseconds)
        guard times.count == messages.count, let first = times.first, let last = times.last,
            first < last
        else { return messages.indices.map { $0 * periodCount / messages.count } }
        firstUnixSeconds = first / 1_000_000_000
        lastUnixSeconds = last / 1_000_000_000
        let length = Double(last - first) / Double(periodCount)
        return times.map { min(Int(Double($0 - first) / length), periodCount - 1) }
    }

    private mutating func setVolumes(_ readings: [Reading], _ periods: [Int]) {
        let empty = [Int](repeating: 0, count: periodCount)
        var volumes: [String: Volume] = [:]
        var firstHalves: [String: Double] = [:]
        for (index, reading) in readings.enumerated() {
            volumes[reading.name, default: Volume(intent: reading.name, counts: empty)].count += 1
            volumes[reading.name]?.counts[periods[index]] += 1
            volumes[reading.name]?.sentiment += reading.mood
            if 2 * index < readings.count { firstHalves[reading.name, default: 0] += 1 }
        }
        let total = Double(max(readings.count, 1))
        let firstCount = Double(max((readings.count + 1) / 2, 1))
        let secondCount = Double(max(readings.count / 2, 1))
        self.volumes = volumes.values.map { volume in
            var volume = volume
            let count = Double(volume.count)
            let first = firstHalves[volume.intent] ?? 0
            volume.share = count / total
            volume.sentiment /= count
            volume.trend = (count - first) / secondCount - first / firstCount
            let error =
                (volume.share * (1 - volume.share) * (1 / firstCount + 1 / secondCount))
                .squareRoot()
            volume.isTrendNotable = abs(volume.trend) > Self.notableErrors * error
            return volume
        }.sorted { ($1.count, $0.intent) < ($0.count, $1.intent) }
    }

    private mutating func setConfusions(_ readings: [Reading], _ messages: [CustomerMessage]) {
        var pairs: [String: Confusion] = [:]
        for (reading, message) in zip(readings, messages) {
            guard let second = reading.second else { continue }
            let names = [reading.name, second].sorted()
            let empty = Confusion(
                first: names[0], second: names[1], count: 0, example: message.text)
            pairs[names.joined(separator: "\n"), default: empty].count += 1
        }
        confusions = Array(
            pairs.values.sorted {
                ($1.count, $0.first, $0.second) < ($0.count, $1.first, $1.second)
            }.prefix(Self.maxListed))
    }
}

extension IntentReport.Drift {
    private static let maxListed = 5
    private static let maxSampledExamples = 50

    /// - Parameter names: what each message was taken for.
    fileprivate init(
        _ names: [String], _ vectors: [Int8Vector], _ table: IntentTable, _ leastCount: Int
    ) {
        let byIntent = Dictionary(grouping: names.indices, by: { names[$0] })
        var (messageSum, exampleSum, total) = (0.0, 0.0, 0.0)
        for (definition, rows) in zip(table.definitions, table.exampleRows) {
            guard let asked = byIntent[definition.name], rows.count > 1 else { continue }
            let ofMessages = asked.reduce(0.0) { sum, message in
                sum + Self.nearest(vectors[message], rows, table)
            }
            let sampled = rows.prefix(Self.maxSampledExamples)
            let ofExamples = sampled.reduce(0.0) { sum, row in
                let vector = table.exampleVectors.row(row)
                return sum
                    + max(
                        Self.nearest(vector, rows.lowerBound..<row, table),
                        Self.nearest(vector, row + 1..<rows.upperBound, table))
            }
            let count = Double(asked.count)
            messageSum += ofMessages
            exampleSum += count * ofExamples / Double(sampled.count)
            total += count
            if asked.count >= leastCount {
                intents.append(
                    Intent(
                        intent: definition.name, count: asked.count,
                        messageSimilarity: ofMessages / count,
                        exampleSimilarity: ofExamples / Double(sampled.count)))
            }
        }
        messageSimilarity = messageSum / max(total, 1)
        exampleSimilarity = exampleSum / max(total, 1)
        intents.sort {
            $0.messageSimilarity - $0.exampleSimilarity
                < $1.messageSimilarity - $1.exampleSimilarity
        }
        intents = Array(
            intents.filter { $0.messageSimilarity < $0.exampleSimilarity }.prefix(Self.maxListed))
    }

    private static func nearest(
        _ vector: Int8Vector, _ rows: Range<Int>, _ table: IntentTable
    ) -> Double {
        Double(rows.reduce(Float(-1)) { max($0, table.exampleVectors.dot(vector, row: $1)) })
    }
}
