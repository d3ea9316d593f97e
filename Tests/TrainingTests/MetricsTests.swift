import Testing

@testable import Training

@Suite struct MetricsTests {
    @Test func areaUnderCurveCountsPairsAndHalvesTies() {
        #expect(IntentMetrics.areaUnderCurve([3, 4], [1, 2]) == 1)
        #expect(IntentMetrics.areaUnderCurve([1, 2], [3, 4]) == 0)
        #expect(IntentMetrics.areaUnderCurve([1, 3], [2]) == 0.5)
        #expect(IntentMetrics.areaUnderCurve([2, 2], [2]) == 0.5)
    }

    @Test func calibrationErrorIsTheGapOfConfidenceAndAccuracy() {
        let sure = IntentMetrics.Outcome(isRight: true, confidence: 0.9, score: 1)
        let wrong = IntentMetrics.Outcome(isRight: false, confidence: 0.9, score: 1)
        #expect(abs(IntentMetrics.calibrationError([sure, sure]) - 0.1) < 1e-6)
        #expect(abs(IntentMetrics.calibrationError([sure, wrong]) - 0.4) < 1e-6)
    }

    @Test func theThresholdTurnsAwayRightAnswersToo() {
        let outcomes = [
            IntentMetrics.Outcome(isRight: true, confidence: 0.9, score: 2),
            IntentMetrics.Outcome(isRight: true, confidence: 0.5, score: 0.5),
        ]
        let metrics = IntentMetrics(outcomes, outOfScope: [0.4, 1.5], threshold: 1)
        #expect(metrics.accuracy == 1)
        #expect(metrics.inScopeAccuracy == 0.5)
        #expect(metrics.outOfScopeRecall == 0.5)
    }
}
