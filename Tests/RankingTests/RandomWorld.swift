import Base
import Inference
import Store

@testable import Ranking

/// Random catalogues, subjects and candidates from one seed. Small dimension, every kind of missing
/// value, and numbers no sound importer would let in.
struct RandomWorld {
    static let dimension = 24
    var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    mutating func chance(_ percent: Int) -> Bool {
        Int.random(in: 0..<100, using: &random) < percent
    }

    mutating func vector(dimension: Int = Self.dimension) -> Int8Vector {
        var components = (0..<dimension).map { _ in Float.random(in: -1...1, using: &random) }
        let length = components.reduce(0) { $0 + $1 * $1 }.squareRoot()
        components = components.map { $0 / length }
        return Int8Vector(quantizing: components)
    }

    mutating func item(_ id: Int) -> Item {
        let price: Money? =
            chance(70)
            ? Money(micros: Int64.random(in: 0...50_000_000, using: &random), currencyCode: "USD")
            : nil
        return Item(
            id: "item\(id)", title: "title",
            category: chance(80) ? "category\(Int.random(in: 0..<12, using: &random))" : "",
            brand: chance(80) ? "brand\(Int.random(in: 0..<30, using: &random))" : "",
            price: price)
    }

    mutating func table(count: Int) -> ItemTable {
        let vectorCount = max(1, count / 3)
        let vectors = (0..<vectorCount).map { _ in vector() }
        var rows: [Int32] = []
        var popularity: [Float] = []
        for _ in 0..<count {
            rows.append(chance(85) ? Int32.random(in: 0..<Int32(vectorCount), using: &random) : -1)
            popularity.append(Float.random(in: 0...1, using: &random))
        }
        return ItemTable(
            items: (0..<count).map { item($0) },
            vectors: Int8VectorTable(dimension: Self.dimension, rows: vectors), vectorRows: rows,
            popularity: popularity)
    }

    mutating func subject() -> Subject {
        var profile = Profile()
        if chance(70) { profile.interest = vector() }
        if chance(10) { profile.interest = vector(dimension: 8) }
        for index in 0..<Int.random(in: 0...6, using: &random) {
            profile.recentItems.append(
                Profile.RecentItem(
                    itemId: "item\(index)", unixNanoseconds: 0, vector: chance(80) ? vector() : nil)
            )
        }
        for index in 0..<Int.random(in: 0...6, using: &random) {
            profile.categoryAffinity["category\(index)"] = share()
            profile.brandAffinity["brand\(index)"] = share()
        }
        if chance(60) { profile.logPriceMean = Float.random(in: -2...4, using: &random) }
        if chance(5) { profile.logPriceMean = .nan }
        profile.logPriceDeviation = chance(5) ? .infinity : Float.random(in: 0...2, using: &random)
        return Subject(profile: profile, text: chance(30) ? vector() : nil)
    }

    private mutating func share() -> Float {
        switch Int.random(in: 0..<20, using: &random) {
        case 0: .nan
        case 1: -0.5
        case 2: .infinity
        default: Float.random(in: 0...1, using: &random)
        }
    }

    mutating func candidates(of table: ItemTable, count: Int, inlinePercent: Int) -> CandidateList {
        var list = CandidateList()
        var requestIndex = 0
        for _ in 0..<count {
            if chance(inlinePercent) {
                let item = EncodedItem(self.item(-1), vector: chance(80) ? vector() : nil)
                list.append(item, requestIndex: requestIndex)
            } else {
                list.append(
                    row: Int.random(in: 0..<table.count, using: &random),
                    requestIndex: requestIndex)
            }
            requestIndex += 1 + (chance(10) ? 1 : 0)
        }
        return list
    }

    mutating func head() -> AdditiveHead {
        AdditiveHead(
            name: "random", bias: Float.random(in: -6...2, using: &random),
            weights: (0..<AdditiveHead.featureCount).map { _ in
                Float.random(in: -4...4, using: &random)
            }
        )
    }
}

extension FeatureVector {
    /// With the base features; the others are missing.
    init(base: [Float]) {
        self = .missing
        for (index, value) in base.enumerated() { self[index] = value }
    }
}
