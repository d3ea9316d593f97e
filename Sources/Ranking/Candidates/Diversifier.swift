internal import Inference
internal import Store

/// Puts ranked items into an order in which they differ (Maximal Marginal Relevance, Carbonell &
/// Goldstein 1998): the next is the one with the largest
/// (1 - strength) * relevance - strength * likeness to the most alike of those before,
/// relevance being the logit's place between the least and the largest, likeness the texts' cosine.
struct Diversifier: Sendable {
    /// Items that are looked at; those after keep their places.
    private static let maxItems = 512
    /// Items that are chosen one by one; those after follow in their order.
    static let maxChosen = 200

    private let strength: Float
    private let table: ItemTable
    /// Of the table, best first.
    private let rows: [Int32]
    private let relevances: [Float]
    private var likeness: [Float]
    private var isChosen: [Bool]
    /// Places in `rows`.
    private var order: [Int] = []

    /// - Parameters:
    ///   - rows: best first.
    ///   - logits: of the rows.
    init(_ rows: [Int32], logits: [Float], strength: Float, table: ItemTable) {
        self.rows = rows
        self.strength = strength
        self.table = table
        let count = min(rows.count, Self.maxItems)
        let (best, least) = (logits.first ?? 0, count > 0 ? logits[count - 1] : 0)
        let range = best > least ? best - least : 1
        relevances = logits.prefix(count).map { ($0 - least) / range }
        likeness = [Float](repeating: 0, count: count)
        isChosen = [Bool](repeating: false, count: count)
    }

    private var chosenCount: Int { strength > 0 ? min(relevances.count, Self.maxChosen) : 0 }

    var isDone: Bool { order.count >= chosenCount }

    /// Chooses `maxCount` more.
    mutating func advance(maxCount: Int) {
        let end = min(chosenCount, order.count + maxCount)
        while order.count < end {
            let place = next()
            isChosen[place] = true
            order.append(place)
            compare(with: place)
        }
    }

    /// Places of the rows in their new order, all of them.
    /// - Precondition: `isDone`.
    func finish() -> [Int] {
        order + relevances.indices.filter { !isChosen[$0] } + (relevances.count..<rows.count)
    }

    /// The first of equal ones.
    private func next() -> Int {
        var (found, largest) = (0, -Float.infinity)
        for place in relevances.indices where !isChosen[place] {
            let score = (1 - strength) * relevances[place] - strength * likeness[place]
            if score > largest { (found, largest) = (place, score) }
        }
        return found
    }

    private mutating func compare(with chosen: Int) {
        let vectorRow = table.vectorRows[Int(rows[chosen])]
        guard vectorRow >= 0 else { return }
        let vector = table.vectors.row(Int(vectorRow))
        for place in relevances.indices where !isChosen[place] {
            let other = table.vectorRows[Int(rows[place])]
            guard other >= 0 else { continue }
            likeness[place] = max(
                likeness[place], table.vectors.dot(vector, row: Int(other)))
        }
    }
}
