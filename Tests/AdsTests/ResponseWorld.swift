import Base
import Inference
import Store

@testable import Ads

/// Seeded ads and users for tests of the response model.
struct ResponseWorld {
    static let dimension = 8
    static let day: Int64 = 86_400 * 1_000_000_000
    /// 2026-01-01.
    static let start: Int64 = 1_767_225_600 * 1_000_000_000

    var random: SeededRandom
    let table: AdTable
    let index: AdIndex

    init(seed: UInt64, adCount: Int = 60, campaignCount: Int = 7) {
        var random = SeededRandom(seed: seed)
        let ads = (0..<adCount).map { number in
            var creative = Item(
                id: "a\(number)", category: "category \(number % 5)", brand: "brand \(number % 4)",
                price: Money(micros: Int64(1 + number % 9) * 1_000_000, currencyCode: "USD"))
            if number % campaignCount != 0 {
                creative.attributes[AdFeature.kindAttribute] = "kind \(number % campaignCount % 2)"
            }
            return Ad(
                id: "a\(number)",
                campaignId: number == 3 ? "" : "c\(number % campaignCount)", creative: creative,
                bid: Money(micros: 1_000_000, currencyCode: "USD"),
                startUnixNanoseconds: Self.start, endUnixNanoseconds: Self.start + 30 * Self.day)
        }
        let vectors = (0..<adCount / 2).map { _ in Self.vector(&random) }
        table = AdTable(
            ads: ads,
            creatives: ItemTable(
                items: ads.map(\.creative),
                vectors: Int8VectorTable(dimension: Self.dimension, rows: vectors),
                vectorRows: ads.indices.map { $0 % 6 == 5 ? -1 : Int32($0 / 2) },
                popularity: [Float](repeating: 0, count: adCount)))
        index = AdIndex(table)
        self.random = random
    }

    static func vector(_ random: inout SeededRandom) -> Int8Vector {
        Int8Vector(
            quantizing: (0..<dimension).map { _ in Float.random(in: -0.5...0.5, using: &random) })
    }

    /// Of a user with some history, or of one without any.
    mutating func profile(isKnown: Bool = true) -> Profile {
        var fold = ProfileFold()
        guard isKnown else { return fold.profile() }
        for number in 0..<Int.random(in: 1...40, using: &random) {
            let time =
                Self.start - Int64.random(in: 1...(90 * 86_400), using: &random) * 1_000_000_000
            var event = Event(
                itemId: "i\(number)",
                type: [.purchase, .purchase, .redemption, .view].randomElement(using: &random)!,
                unixNanoseconds: time,
                value: Money(
                    micros: .random(in: 100_000...9_000_000, using: &random), currencyCode: "USD"))
            if Bool.random(using: &random) {
                event.attributes[Profile.OfferUse.couponAttribute] = "0.50"
            }
            fold.add(
                EnrichedEvent(
                    event: event, vector: Self.vector(&random),
                    category: "category \(Int.random(in: 0...6, using: &random))",
                    brand: "brand \(Int.random(in: 0...5, using: &random))", unitPrice: nil))
        }
        return fold.profile(attributes: ["age": "35-44", "income": "50-74K", "shoe": "46"])
    }

    static let moment = AdMoment(
        unixNanoseconds: start + 5 * 3_600 * 1_000_000_000, channel: "web", device: "phone",
        placement: "top")

    /// Weights everywhere, so that a slot that is forgotten shows.
    /// - Parameter usedShare: of the slots that have weights.
    mutating func randomModel(usedShare: Float = 1) -> AdModel {
        AdModel(
            bias: [-2, -3],
            weights: (0..<AdSlots.count).map { _ in
                if usedShare < 1, Float.random(in: 0..<1, using: &random) >= usedShare {
                    return .zero
                }
                return [
                    Float.random(in: -0.5...0.5, using: &random),
                    Float.random(in: -0.5...0.5, using: &random),
                ]
            }, version: "test")
    }
}
