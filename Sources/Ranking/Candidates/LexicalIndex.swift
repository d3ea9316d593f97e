// Which items have which words: an inverted index over title, description, category and brand, scored by
// BM25 (Robertson & Zaragoza 2009) with a word of the category counting twice, as it says what an item is.
// Made anew when the catalogue changes, a moment after it.

internal import Store

#if canImport(Glibc)
    private import Glibc
#endif

/// Immutable, any thread. Rows are those of the table it was made of.
final class LexicalIndex: Sendable {
    /// How soon a word that repeats in an item stops counting more.
    private static let saturation: Float = 1.2
    /// How much long texts are held against an item.
    private static let lengthWeight: Float = 0.75
    private static let categoryWeight: UInt8 = 2

    private let terms: [String: Int32]
    /// Where a term's postings begin; one more at the end.
    private let starts: [Int32]
    private let rows: [Int32]
    /// How often the word is in the item, by field weights.
    private let weights: [UInt8]
    /// What an item's length adds below the fraction.
    private let norms: [Float]

    init(_ table: ItemTable) {
        var builder = LexicalBuilder()
        for row in 0..<table.count {
            builder.add(table.item(at: row), categoryWeight: Self.categoryWeight)
        }
        terms = builder.terms
        (starts, rows, weights) = builder.postings()
        let mean = Float(builder.lengths.reduce(0) { $0 + Int($1) }) / Float(max(1, table.count))
        norms = builder.lengths.map {
            Self.saturation
                * (1 - Self.lengthWeight + Self.lengthWeight * Float($0) / max(mean, 1))
        }
    }

    /// Items with any of the words of `query`.
    func matches(_ query: String) -> LexicalMatches {
        let words = SearchWords.queryWords(of: query)
        var matches = LexicalMatches(rowCount: norms.count)
        var largest: Float = 0
        for word in words {
            let term = terms[word]
            let count = term.map { starts[Int($0) + 1] - starts[Int($0)] } ?? 0
            let rarity = self.rarity(Float(count))
            largest += rarity * (Self.saturation + 1)
            guard let term else { continue }
            add(Int(term), rarity, to: &matches)
        }
        if largest > 0 { matches.scale(by: 1 / largest) }
        return matches
    }

    /// ln(1 + (N - n + 1/2) / (n + 1/2)).
    private func rarity(_ count: Float) -> Float {
        let ratio = 1 + (Float(norms.count) - count + 0.5) / (count + 0.5)
        return Float(log(Double(ratio)))
    }

    private func add(_ term: Int, _ rarity: Float, to matches: inout LexicalMatches) {
        for place in Int(starts[term])..<Int(starts[term + 1]) {
            let row = Int(rows[place])
            let frequency = Float(weights[place])
            matches.add(
                rarity * frequency * (Self.saturation + 1) / (frequency + norms[row]), to: row)
        }
    }
}

/// How well items match words: BM25 over the most it could be, 0 to 1.
struct LexicalMatches: Sendable {
    private(set) var scores: [Float]
    /// Rows with a score, each once.
    private(set) var rows: [Int32] = []

    init(rowCount: Int) { scores = [Float](repeating: 0, count: rowCount) }

    mutating func add(_ score: Float, to row: Int) {
        if scores[row] == 0 { rows.append(Int32(row)) }
        scores[row] += score
    }

    mutating func scale(by factor: Float) {
        for row in rows { scores[Int(row)] *= factor }
    }
}

/// Words of all items, then turned round.
private struct LexicalBuilder {
    private(set) var terms: [String: Int32] = [:]
    private(set) var lengths: [UInt16] = []
    private var itemTerms: [Int32] = []
    private var itemWeights: [UInt8] = []
    private var ends: [Int32] = []
    private var counts: [Int32] = []
    /// Categories and brands repeat.
    private var known: [String: [Int32]] = [:]

    mutating func add(_ item: Item, categoryWeight: UInt8) {
        let start = itemTerms.count
        var length = add(codes(of: item.title), 1, from: start)
        if !item.description.isEmpty {
            length += add(codes(of: item.description), 1, from: start)
        }
        length += add(knownCodes(of: item.category), categoryWeight, from: start)
        length += add(knownCodes(of: item.brand), 1, from: start)
        for place in start..<itemTerms.count { counts[Int(itemTerms[place])] += 1 }
        ends.append(Int32(itemTerms.count))
        lengths.append(UInt16(clamping: length))
    }

    /// - Returns: by how much the item is longer.
    private mutating func add(_ codes: [Int32], _ weight: UInt8, from start: Int) -> Int {
        for code in codes {
            if let place = itemTerms[start...].firstIndex(of: code) {
                itemWeights[place] = UInt8(min(255, Int(itemWeights[place]) + Int(weight)))
            } else {
                itemTerms.append(code)
                itemWeights.append(weight)
            }
        }
        return codes.count * Int(weight)
    }

    private mutating func knownCodes(of text: String) -> [Int32] {
        if text.isEmpty { return [] }
        if let codes = known[text] { return codes }
        let codes = codes(of: text)
        known[text] = codes
        return codes
    }

    private mutating func codes(of text: String) -> [Int32] {
        SearchWords.words(of: text).map { word in
            if let code = terms[word] { return code }
            let code = Int32(terms.count)
            terms[word] = code
            counts.append(0)
            return code
        }
    }

    func postings() -> (starts: [Int32], rows: [Int32], weights: [UInt8]) {
        var starts: [Int32] = [0]
        for count in counts { starts.append(starts[starts.count - 1] + count) }
        var next = starts
        var rows = [Int32](repeating: 0, count: itemTerms.count)
        var weights = [UInt8](repeating: 0, count: itemTerms.count)
        var place = 0
        for (row, end) in ends.enumerated() {
            while place < Int(end) {
                let term = Int(itemTerms[place])
                rows[Int(next[term])] = Int32(row)
                weights[Int(next[term])] = itemWeights[place]
                next[term] += 1
                place += 1
            }
        }
        return (starts, rows, weights)
    }
}
