/// An item with a campaign and what its advertiser pays.
public struct Ad: Sendable, Equatable, Codable {
    public var id: String
    public var campaignId: String
    public var creative: Item
    /// For what `delivery.pricing` says.
    public var bid: Money
    /// Unix nanoseconds; the campaign runs from start until before end; nil for no bound.
    public var startUnixNanoseconds: Int64?
    public var endUnixNanoseconds: Int64?
    public var delivery: AdDelivery

    public init(
        id: String, campaignId: String, creative: Item, bid: Money,
        startUnixNanoseconds: Int64? = nil, endUnixNanoseconds: Int64? = nil,
        delivery: AdDelivery = AdDelivery()
    ) {
        self.id = id
        self.campaignId = campaignId
        self.creative = creative
        self.bid = bid
        self.startUnixNanoseconds = startUnixNanoseconds
        self.endUnixNanoseconds = endUnixNanoseconds
        self.delivery = delivery
    }
}
