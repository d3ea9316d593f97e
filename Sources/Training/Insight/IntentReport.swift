// What a file of customers' messages says: what they want, how it changes, what no intent covers yet, and
// how far they are from what the classifier learned from.

public import Inference
public import Intents
internal import Store

public struct IntentReport: Sendable, Equatable, Codable {
    public struct Volume: Sendable, Equatable, Codable {
        public var intent: String
        public var count = 0
        public var share = 0.0
        /// Share in the second half of the file less that in the first.
        public var trend = 0.0
        /// Mean, -1 to 1.
        public var sentiment = 0.0
    }

    /// Messages that no intent covers and that are alike: an intent that is missing, perhaps.
    public struct Cluster: Sendable, Equatable, Codable {
        public var count: Int
        public var examples: [String]
    }

    public struct Confusion: Sendable, Equatable, Codable {
        public var first: String
        public var second: String
        /// Messages between the two: the best leads the second by little.
        public var count: Int
    }

    public struct Drift: Sendable, Equatable, Codable {
        /// Mean cosine of a message to the nearest example.
        public var messageSimilarity = 0.0
        /// The same of an example to the nearest other one.
        public var exampleSimilarity = 0.0
    }

    public var messageCount = 0
    public var outOfScopeCount = 0
    public var sentiment = 0.0
    /// Most first.
    public var volumes: [Volume] = []
    /// Largest first.
    public var clusters: [Cluster] = []
    /// Most first.
    public var confusions: [Confusion] = []
    public var drift = Drift()

    private static let outOfScopeName = "out_of_scope"
    private static let closeLead: Float = 0.2
    private static let clusterCosine: Float = 0.6
    private static let leastClusterCount = 3
    private static let maxListed = 20
    private static let maxExamples = 3
    /// Of a cluster's leaders: the work grows with their square.
    private static let maxLeaders = 2_000
    private static let maxSampledExamples = 2_000

    /// - Parameters:
    ///   - messages: oldest first.
    ///   - vectors: one a message.
    public init(_ messages: [String], _ vectors: [Int8Vector], by classifier: IntentClassifier) {
        precondition(messages.count == vectors.count, "one vector a message")
        messageCount = messages.count
        var volumes: [String: Volume] = [:]
        var halves: [String: (first: Double, second: Double)] = [:]
        var pairs: [String: Confusion] = [:]
        var strangers: [Int] = []
        for (index, vector) in vectors.enumerated() {
            let answer = classifier.classify(vector, topK: 2)
            let isStranger = answer.isOutOfScope || !Words.saysSomething(messages[index])
            let name = isStranger ? Self.outOfScopeName : answer.intents.first?.name ?? ""
            let mood = Double(Mood(messages[index]).sentiment)
            if isStranger { strangers.append(index) }
            sentiment += mood
            volumes[name, default: Volume(intent: name)].count += 1
            volumes[name]?.sentiment += mood
            if 2 * index < messages.count {
                halves[name, default: (0, 0)].first += 1
            } else {
                halves[name, default: (0, 0)].second += 1
            }
            if !isStranger, answer.intents.count == 2,
                answer.intents[0].probability - answer.intents[1].probability < Self.closeLead
            {
                let names = [answer.intents[0].name, answer.intents[1].name].sorted()
                let empty = Confusion(first: names[0], second: names[1], count: 0)
                pairs[names.joined(separator: "\n"), default: empty].count += 1
            }
        }
        let total = Double(max(messages.count, 1))
        sentiment /= total
        outOfScopeCount = strangers.count
        let firstCount = Double(max((messages.count + 1) / 2, 1))
        let secondCount = Double(max(messages.count / 2, 1))
        self.volumes = volumes.values.map { volume in
            var volume = volume
            let half = halves[volume.intent] ?? (0, 0)
            volume.share = Double(volume.count) / total
            volume.sentiment /= Double(volume.count)
            volume.trend = half.second / secondCount - half.first / firstCount
            return volume
        }.sorted { ($1.count, $0.intent) < ($0.count, $1.intent) }
        confusions = Array(
            pairs.values.sorted {
                ($1.count, $0.first, $0.second) < ($0.count, $1.first, $1.second)
            }
            .prefix(Self.maxListed))
        clusters = Self.clusters(strangers, messages, vectors)
        drift = Self.drift(vectors, classifier.table.exampleVectors)
    }

    /// A message joins the nearest leader that is near enough, or leads (Hartigan's leader
    /// algorithm, 1975): one pass, and the same clusters every time.
    private static func clusters(
        _ strangers: [Int], _ messages: [String], _ vectors: [Int8Vector]
    ) -> [Cluster] {
        var leaders: [Int] = []
        var members: [[Int]] = []
        for index in strangers where Words.saysSomething(messages[index]) {
            let similarities = leaders.map { vectors[index].dot(vectors[$0]) }
            let nearest = similarities.indices.max { similarities[$0] < similarities[$1] }
            if let nearest, similarities[nearest] >= clusterCosine {
                members[nearest].append(index)
            } else if leaders.count < maxLeaders {
                leaders.append(index)
                members.append([index])
            }
        }
        return members.filter { $0.count >= leastClusterCount }
            .sorted { ($1.count, $0[0]) < ($0.count, $1[0]) }.prefix(maxListed)
            .map { rows in
                Cluster(count: rows.count, examples: rows.prefix(maxExamples).map { messages[$0] })
            }
    }

    private static func drift(_ vectors: [Int8Vector], _ examples: Int8VectorTable) -> Drift {
        var drift = Drift()
        guard examples.rowCount > 1, !vectors.isEmpty else { return drift }
        for vector in vectors {
            drift.messageSimilarity += Double(examples.dots(vector).max() ?? 0)
        }
        drift.messageSimilarity /= Double(vectors.count)
        let stride = max(1, examples.rowCount / maxSampledExamples)
        var count = 0.0
        for row in Swift.stride(from: 0, to: examples.rowCount, by: stride) {
            var similarities = examples.dots(examples.row(row))
            similarities[row] = -1
            drift.exampleSimilarity += Double(similarities.max() ?? 0)
            count += 1
        }
        drift.exampleSimilarity /= count
        return drift
    }
}
