import Base
import Testing

@testable import Training

@Suite struct AdMetricsTests {
    @Test func theAreaIsTheShareOfPairsInOrder() {
        // Of the four pairs none is in order, one is tied.
        let area = AreaUnderCurve.of(
            [0.9, 0.5, 0.5, 0.1], [false, true, false, true], counts: [1, 1, 1, 1])
        #expect(area == 0.125)
        #expect(AreaUnderCurve.of([0.9, 0.1], [true, false], counts: [1, 1]) == 1)
        #expect(AreaUnderCurve.of([0.9, 0.1], [true, true], counts: [1, 1]) == nil)
        #expect(AreaUnderCurve.of([0.9, 0.5, 0.1], [true, false, true], counts: [1, 2, 0]) == 1)
    }

    @Test func trueProbabilitiesAreCalibratedAndBeatTheBaseRate() {
        var random = SeededRandom(seed: 1)
        let probabilities = (0..<5_000).map { _ in Double.random(in: 0.01...0.6, using: &random) }
        let outcomes = probabilities.map { Double.random(in: 0..<1, using: &random) < $0 }
        let metrics = AdMetrics(probabilities: probabilities, outcomes: outcomes)
        #expect(abs(metrics.calibration - 1) < 0.05)
        #expect(metrics.relativeLogLoss.high < 1)
        #expect(metrics.areaUnderCurve.low > 0.6)
        #expect(metrics.areaUnderCurve.low < metrics.areaUnderCurve.value)
        #expect(metrics.deciles.count == 10)
        for decile in metrics.deciles.prefix(3) { #expect((0.8...1.25).contains(decile.ratio)) }
    }

    @Test func theBaseRateItselfIsOne() {
        let outcomes = (0..<1_000).map { $0 % 10 == 0 }
        let metrics = AdMetrics(
            probabilities: [Double](repeating: 0.1, count: 1_000), outcomes: outcomes)
        #expect(abs(metrics.relativeLogLoss.value - 1) < 1e-12)
        #expect(metrics.areaUnderCurve.value == 0.5)
    }
}
