import Testing

@testable import Ranking

@Suite struct PreferenceHeadTests {
    private func probability(_ values: FeatureVector) -> Float {
        AdditiveHead.probability(logit: AdditiveHead.preference.logit(values))
    }

    @Test func theDocumentedExamplesHold() {
        let stranger = FeatureVector(
            interestSimilarity: 0, nearestItemSimilarity: 0, categoryAffinity: 0, brandAffinity: 0,
            priceFit: 0.5, popularity: 0.5)
        #expect(abs(probability(stranger) - 0.03) < 0.005)
        let regular = FeatureVector(
            interestSimilarity: 0.5, nearestItemSimilarity: 0.8, categoryAffinity: 1,
            brandAffinity: 0, priceFit: 0.5, popularity: 0.5)
        #expect(abs(probability(regular) - 0.73) < 0.005)
    }

    @Test func everyFeatureSpeaksForTheItem() {
        for index in 0..<FeatureVector.count {
            #expect(AdditiveHead.preference.weights[index] > 0)
        }
    }
}
