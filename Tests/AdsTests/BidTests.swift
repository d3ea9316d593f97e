import Ads
import Base
import Testing

@Suite struct BidTests {
    @Test func bidsThatAreNoMoneyAreRefusedByName() {
        for bad in [Double.nan, .infinity, -.infinity, -1, 0, 1e-9, 1e300, 1_000_000.000_001] {
            #expect {
                try Bid.micros(ofUnits: bad, field: "ad_bids[3].bid")
            } throws: { error in
                (error as? Fault)?.fieldViolations.first?.field == "ad_bids[3].bid"
            }
        }
        for bad in [Int64.min, -1, 0, Bid.maxMicros + 1, .max] {
            #expect(throws: Fault.self) { try Bid.check(micros: bad, field: "bid") }
        }
    }

    @Test func unitsBecomeMicrosRoundedHalfToEven() throws {
        #expect(try Bid.micros(ofUnits: 0.25, field: "") == 250_000)
        #expect(try Bid.micros(ofUnits: 1.99, field: "") == 1_990_000)
        #expect(try Bid.micros(ofUnits: 0.000_001, field: "") == 1)
        #expect(try Bid.micros(ofUnits: 1_000_000, field: "") == Bid.maxMicros)
    }

    @Test func ecpmIsTheExactProductRoundedHalfToEven() {
        // 1000 * 2^-4 * bid = 62.5 * bid: odd bids are ties.
        #expect(EffectiveCPM.micros(probability: 0.0625, bidMicros: 1) == 62)
        #expect(EffectiveCPM.micros(probability: 0.0625, bidMicros: 3) == 188)
        #expect(EffectiveCPM.micros(probability: 1, bidMicros: 1) == 1_000)
        #expect(EffectiveCPM.micros(probability: 0, bidMicros: Bid.maxMicros) == 0)
        #expect(
            EffectiveCPM.micros(probability: 1, bidMicros: Bid.maxMicros)
                == 1_000 * Bid.maxMicros)
        #expect(
            EffectiveCPM.micros(
                probability: .leastNonzeroMagnitude, bidMicros: Bid.maxMicros) == 0)
    }

    @Test func ecpmAgreesWithLongDivisionForRandomBids() {
        var random = SeededRandom(seed: 21)
        for _ in 0..<20_000 {
            let probability = Float.random(in: 0...1, using: &random)
            let bid = Int64.random(in: 1...Bid.maxMicros, using: &random)
            let ecpm = EffectiveCPM.micros(probability: probability, bidMicros: bid)
            // In units of 2^-60, of which every such probability is a multiple.
            guard probability > 0x1p-36 else { continue }
            let one = UInt128(1) << 60
            let exact = UInt128(Double(probability) * 0x1p60) * 1_000 * UInt128(bid)
            let (whole, rest) = exact.quotientAndRemainder(dividingBy: one)
            let up = rest * 2 > one || (rest * 2 == one && whole % 2 == 1)
            #expect(ecpm == Int64(whole) + (up ? 1 : 0))
        }
    }

    @Test func ecpmNeverFallsWhenTheBidRises() {
        var random = SeededRandom(seed: 22)
        for _ in 0..<5_000 {
            let probability = Float.random(in: 0...1, using: &random)
            let bid = Int64.random(in: 1..<Bid.maxMicros, using: &random)
            let lower = EffectiveCPM.micros(probability: probability, bidMicros: bid)
            let higher = EffectiveCPM.micros(probability: probability, bidMicros: bid + 1)
            #expect(lower <= higher)
        }
    }
}
