/// How much an event says about what a user wants.
enum EventWeight {
    /// Days after which an event counts half, in interest, affinities and prices.
    static let halfLifeDays = 30.0
    static let halfLifeNanoseconds = halfLifeDays * 86_400 * 1e9

    /// View 1, click 2, cart 4, purchase 8, redemption 8, impression 0. A rating of r stars counts
    /// max(0, 3 * (r - 3)), so that five stars weigh a little less than a purchase and three or
    /// fewer nothing; 0 without its stars. Quantity and value do not change the weight.
    static func of(_ event: Event) -> Double {
        switch event.type {
        case .view: 1
        case .click: 2
        case .cart: 4
        case .purchase, .redemption: 8
        case .impression: 0
        case .rating: max(0, 3 * (Double(event.rating ?? 3) - 3))
        }
    }
}
