import Base
import Testing

@testable import Inference

@Suite("Batch budget")
struct CostCurveTests {
    /// Measures an encoder that takes `fixed` nanoseconds a batch and `each` a token.
    private func measure(fixed: UInt64, each: UInt64, upTo: Int = 2_048) throws -> CostCurve {
        try CostCurve.measure(upTo: upTo) { tokens throws(Fault) in
            fixed + UInt64(tokens) * each
        }
    }

    @Test("an encoder that is as fast with few tokens is given few")
    func flat() throws {
        let curve = try measure(fixed: 0, each: 27_000)
        #expect(curve.best.tokens <= 48)
        #expect(curve.points.map(\.tokens).max()! <= 256)
    }

    @Test("an encoder that gains from many tokens is given many, within 2 percent of its best")
    func steep() throws {
        let curve = try measure(fixed: 2_000_000, each: 10_000)
        let best = curve.best
        let rate = Double(best.tokens) / Double(best.nanoseconds)
        let peak = curve.points.map { Double($0.tokens) / Double($0.nanoseconds) }.max()!
        #expect(best.tokens >= 128)
        #expect(rate >= 0.97 * peak)
    }

    @Test("no batch is tried that is larger than the bound, however slow it is")
    func bound() throws {
        #expect(try measure(fixed: 900_000, each: 1, upTo: 100).points.last?.tokens == 100)
        #expect(try measure(fixed: 1, each: 1, upTo: 5).points.map(\.tokens) == [4, 5])
    }

    @Test("measuring a slow encoder ends soon")
    func slow() throws {
        let curve = try measure(fixed: 0, each: 10_000_000)
        #expect(curve.points.count == 1)
    }

    @Test("the fastest run counts, not the one that was disturbed")
    func disturbed() throws {
        var run = 0
        let curve = try CostCurve.measure(upTo: 4) { _ throws(Fault) in
            run += 1
            return run == 2 ? 1_000 : 50_000
        }
        #expect(curve.points == [.init(tokens: 4, nanoseconds: 1_000)])
    }
}
