/// How much an event says about what a user wants.
enum EventWeight {
    /// Days after which an event counts half, in interest, affinities and prices.
    static let halfLifeDays = 30.0
    /// The same in the short-term interest: what somebody is about this week.
    static let shortTermHalfLifeDays = 2.0
    /// The same in the long-term interest: tastes outlast a season.
    static let longTermHalfLifeDays = 180.0
    /// The same in the interest of purchases, which are rarer than looks.
    static let purchaseHalfLifeDays = 90.0

    /// View 1, click 2, cart 4, purchase 8, redemption 8, impression 0. A rating of r stars counts
    /// max(0, 3 * (r - 3)), so that five stars weigh a little less than a purchase and three or
    /// fewer nothing; 0 without its stars. A share counts 6, a dwell up to 4 at a minute, a review
    /// as a rating when it has stars. Quantity and value do not change the weight.
    static func of(_ event: Event) -> Double {
        switch event.type {
        case .view: 1
        case .click: 2
        case .cart: 4
        case .purchase, .redemption: 8
        case .impression, .search, .chat: 0
        case .rating, .review: max(0, 3 * (Double(event.rating ?? 3) - 3))
        case .share: 6
        case .dwell: min(4, Double(event.dwellMilliseconds) / 15_000)
        }
    }

    /// What the words of an event count towards the interest: a search 3, reviews and chat 2.
    static func ofText(_ event: Event) -> Double {
        switch event.type {
        case .search: 3
        case .review, .chat: 2
        default: 0
        }
    }
}
