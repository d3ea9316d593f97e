import Store
import Testing

@testable import Ads
@testable import Training

@Suite struct AnswerDelayTests {
    private static func row(shownAt: Int64, closesAt: Int64, delay: Int64?) -> AdRow {
        let exposure = AdExposure(
            target: .campaign(0), moment: AdMoment(unixNanoseconds: shownAt), clicksUntil: closesAt,
            closesAt: closesAt)
        let example = AdExample(
            terms: [], clicked: false, converted: delay != nil, shownAt: shownAt,
            closesAt: closesAt)
        return AdRow(
            campaign: 0, user: 0,
            reading: AdReading(
                exposure: exposure, example: example, conversionDelayNanoseconds: delay,
                purchases: Profile.RFM()))
    }

    @Test func anOpenWindowHasTheAnswersThatComeEarly() {
        let rows = (0..<10).map { Self.row(shownAt: 0, closesAt: 100, delay: Int64($0) * 10) }
        let delays = AnswerDelays(rows + [Self.row(shownAt: 0, closesAt: 100, delay: nil)])
        let open = Self.row(shownAt: 1_000, closesAt: 1_100, delay: nil).reading.exposure
        #expect(delays.seenShare(of: open, by: 1_100) == 1)
        #expect(delays.seenShare(of: open, by: 1_050) == 0.5)
        #expect(delays.seenShare(of: open, by: 1_000) == 0)
        // Of a window of 50, answers after 40 do not count.
        let short = Self.row(shownAt: 1_000, closesAt: 1_050, delay: nil).reading.exposure
        #expect(delays.seenShare(of: short, by: 1_030) == 0.6)
    }

    @Test func withoutAnswersNothingIsKnownOfDelays() {
        let open = Self.row(shownAt: 0, closesAt: 100, delay: nil).reading.exposure
        #expect(AnswerDelays([]).seenShare(of: open, by: 10) == 1)
    }
}
