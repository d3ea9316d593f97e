public import Store

/// What events cost a campaign.
public enum Billing {
    /// What one event that is paid for costs by the bid: a thousandth of it for an impression, rounded
    /// half to even, all of it for a click or a conversion.
    public static func price(pricing: AdPricing, bidMicros: Int64) -> Int64 {
        guard pricing == .impression else { return bidMicros }
        let (whole, rest) = bidMicros.quotientAndRemainder(dividingBy: 1_000)
        let roundsUp = rest > 500 || (rest == 500 && whole & 1 == 1)
        return whole + (roundsUp ? 1 : 0)
    }

    /// What an event of an ad costs: nil for one that is not what the ad is paid for. The value of an
    /// impression or click is what was paid, where it is in the bid's currency; that of a purchase is
    /// the shop's.
    public static func charge(_ event: Event, of ad: Ad) -> AdCharge? {
        var micros = price(pricing: ad.delivery.pricing, bidMicros: ad.bid.micros)
        switch (ad.delivery.pricing, event.type) {
        case (.impression, .impression), (.click, .click):
            if let value = event.value, value.currencyCode == ad.bid.currencyCode {
                micros = value.micros
            }
        case (.conversion, .purchase), (.conversion, .redemption): break
        default: return nil
        }
        return AdCharge(
            campaignId: ad.campaignId, currencyCode: ad.bid.currencyCode, micros: micros)
    }
}
