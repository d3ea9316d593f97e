import Testing

@testable import Ranking

@Suite struct PreferenceHeadTests {
    private func probability(_ values: FeatureVector) -> Float {
        AdditiveHead.probability(logit: AdditiveHead.preference.logit(values))
    }

    @Test func theDocumentedExamplesHold() {
        let stranger = FeatureVector(base: [0, 0, 0, 0, 0.5, 0.5])
        #expect(abs(probability(stranger) - 0.03) < 0.005)
        let regular = FeatureVector(base: [0.5, 0.8, 1, 0, 0.5, 0.5])
        #expect(abs(probability(regular) - 0.73) < 0.005)
    }

    @Test func everyFeatureSpeaksForTheItem() {
        for index in 0..<AdditiveHead.featureCount {
            #expect(AdditiveHead.preference.weights[index] > 0)
        }
    }
}
