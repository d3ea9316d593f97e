private import Foundation
internal import Inference
internal import Intents
private import Ranking

/// Messages that no intent covers and that are alike: an intent that is missing, perhaps.
public struct MessageCluster: Sendable, Equatable, Codable {
    public var count: Int
    /// What its messages say more often than all do, most telling first.
    public var words: [String]
    /// Those in its middle, each text once.
    public var examples: [String]

    private static let joinCosine: Float = 0.6
    /// Clusters whose means are so near are one.
    private static let mergeCosine: Float = 0.6
    private static let leastCount = 3
    private static let maxListed = 20
    private static let maxExamples = 3
    private static let maxWords = 3
    private static let leastWordBytes = 3
    /// Of a word of a cluster, in its messages.
    private static let leastWordShare = 0.3
    /// The work grows with their square.
    private static let maxLeaders = 2_000

    /// Largest first.
    /// - Parameter strangers: places among the messages.
    static func clusters(
        _ strangers: [Int], _ messages: [String], _ vectors: [Int8Vector]
    ) -> [MessageCluster] {
        let saying = strangers.filter { Words(messages[$0]).saysSomething }
        let members = merged(led(saying, vectors), vectors)
            .filter { $0.count >= leastCount }
            .sorted { ($1.count, $0[0]) < ($0.count, $1[0]) }.prefix(maxListed)
        let shares = wordShares(Array(messages.indices), messages)
        return members.map { rows in
            MessageCluster(
                count: rows.count, words: telling(rows, messages, than: shares),
                examples: examples(rows, messages, vectors))
        }
    }

    /// A message joins the nearest leader that is near enough, or leads (Hartigan's leader
    /// algorithm, 1975): one pass, and the same clusters every time.
    private static func led(_ rows: [Int], _ vectors: [Int8Vector]) -> [[Int]] {
        var leaders: [Int] = []
        var members: [[Int]] = []
        for row in rows {
            let similarities = leaders.map { vectors[row].dot(vectors[$0]) }
            let nearest = similarities.indices.max { similarities[$0] < similarities[$1] }
            if let nearest, similarities[nearest] >= joinCosine {
                members[nearest].append(row)
            } else if leaders.count < maxLeaders {
                leaders.append(row)
                members.append([row])
            }
        }
        return members
    }

    /// A leader that came early may part what belongs together: each cluster, the largest first,
    /// takes in those whose means are near its own.
    private static func merged(_ clusters: [[Int]], _ vectors: [Int8Vector]) -> [[Int]] {
        var left = clusters.sorted { ($1.count, $0[0]) < ($0.count, $1[0]) }.map { rows in
            (rows: rows, mean: UnitVector.mean(of: rows.map { vectors[$0] }))
        }
        var found: [[Int]] = []
        while !left.isEmpty {
            var (rows, mean) = left.removeFirst()
            left.removeAll { other in
                guard let own = mean, let its = other.mean, own.dot(its) >= mergeCosine else {
                    return false
                }
                rows += other.rows
                mean = UnitVector.mean(of: rows.map { vectors[$0] })
                return true
            }
            found.append(rows)
        }
        return found
    }

    private static func examples(
        _ rows: [Int], _ messages: [String], _ vectors: [Int8Vector]
    ) -> [String] {
        guard let mean = UnitVector.mean(of: rows.map { vectors[$0] }) else { return [] }
        var found: [String] = []
        for row in rows.sorted(by: { vectors[$0].dot(mean) > vectors[$1].dot(mean) })
        where found.count < maxExamples && !found.contains(messages[row]) {
            found.append(messages[row])
        }
        return found
    }

    /// Share of the messages that have each word.
    private static func wordShares(_ rows: [Int], _ messages: [String]) -> [String: Double] {
        var counts: [String: Double] = [:]
        for row in rows {
            for word in Set(Words(messages[row]).texts) where word.utf8.count >= leastWordBytes {
                counts[word, default: 0] += 1
            }
        }
        return counts.mapValues { $0 / Double(max(rows.count, 1)) }
    }

    private static func telling(
        _ rows: [Int], _ messages: [String], than all: [String: Double]
    ) -> [String] {
        let own = wordShares(rows, messages).filter { $0.value >= leastWordShare }
        // A word's part in the Kullback-Leibler divergence: often here, and rarely elsewhere.
        let parts = own.map { word, share in
            (word: word, part: share * log(share / (all[word] ?? share)))
        }
        return parts.filter { $0.part > 0 }.sorted { ($1.part, $0.word) < ($0.part, $1.word) }
            .prefix(maxWords).map(\.word)
    }
}
