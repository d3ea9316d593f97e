import Base
import Inference
import Store

@testable import Training

/// A small shop with users who buy some items again and again and now and then something new from the
/// categories they like.
struct RandomShop {
    static let day: Int64 = 86_400 * 1_000_000_000
    static let dayCount: Int64 = 330
    static let dimension = 16

    let table: ItemTable
    let histories: [ShopperHistory]

    init(seed: UInt64, userCount: Int = 30, itemCount: Int = 40) {
        var random = SeededRandom(seed: seed)
        func vector() -> Int8Vector {
            Int8Vector(
                quantizing: (0..<Self.dimension).map { _ in
                    Float.random(in: -1...1, using: &random)
                })
        }
        let rows = (0..<itemCount).map { _ in vector() }
        table = ItemTable(
            items: (0..<itemCount).map {
                Item(
                    id: "item\($0)", category: "category\($0 % 8)", brand: "brand\($0 % 5)",
                    price: Money(micros: Int64($0 % 7 + 1) * 1_000_000, currencyCode: "USD"))
            },
            vectors: Int8VectorTable(dimension: Self.dimension, rows: rows),
            vectorRows: (0..<Int32(itemCount)).map { $0 },
            popularity: [Float](repeating: 0, count: itemCount))
        var histories: [ShopperHistory] = []
        for user in 0..<userCount {
            let staples = (0..<4).map { _ in Int.random(in: 0..<itemCount, using: &random) }
            var events: [EnrichedEvent] = []
            var day = Int64.random(in: 0..<7, using: &random)
            while day < Self.dayCount {
                var basket = Set(staples.filter { _ in Int.random(in: 0..<3, using: &random) > 0 })
                if Int.random(in: 0..<2, using: &random) == 0 {
                    basket.insert(
                        (staples[0] + 8 * Int.random(in: 0..<10, using: &random)) % itemCount)
                }
                for row in basket.sorted() {
                    let event = Event(
                        itemId: "item\(row)", type: .purchase,
                        unixNanoseconds: day * Self.day + Int64(user) * 1_000_000_000,
                        eventId: "\(user)-\(day)-\(row)",
                        value: Money(micros: 2_000_000, currencyCode: "USD"))
                    events.append(table.enrich(event, row: row))
                }
                day += Int64.random(in: 4...9, using: &random)
            }
            histories.append(
                ShopperHistory(attributes: ["age": user % 2 == 0 ? "old" : "young"], events: events)
            )
        }
        self.histories = histories
    }

    var events: RankingEvents { RankingEvents(histories: histories, table: table) }

    static var times: RankingTimes {
        var times = RankingTimes(
            trainUntilUnixNanoseconds: 240 * day, testFromUnixNanoseconds: 280 * day)
        times.trainBlockDays = 60
        times.trainBlockCount = 2
        return times
    }

    static var options: RankingOptions {
        var options = RankingOptions()
        options.candidateCount = 30
        options.negativesPerQuestion = 15
        options.shapes.epochCount = 4
        options.shapes.pairEpochCount = 2
        options.shapes.pairCount = 4
        options.shapes.batchSize = 256
        options.network.epochCount = 4
        options.network.batchSize = 128
        return options
    }

    func experiment(options: RankingOptions = RandomShop.options) throws -> RankingExperiment {
        try RankingExperiment(
            events, times: Self.times, options: options, bundleVersion: "v1",
            progress: { _, _ in }, log: { _ in })
    }
}
