/// Prices in bands that grow as they do: 1-2, 2-5, 5-10, 10-20 and so on, in units of the currency,
/// so that a band is a price level whatever the goods. The lower end belongs to the band.
enum PriceBand {
    private static let firstDecade = -2
    private static let lastDecade = 7
    private static let firstLabel = "under 0.01"
    private static let lastLabel = "100000000 and up"

    /// Label by band: three a decade.
    private static let labels: [String] = (firstDecade...lastDecade).flatMap { decade in
        [(1, 2), (2, 5), (5, 10)].map { low, high in
            "\(amount(low, decade: decade))-\(amount(high, decade: decade))"
        }
    }

    /// The band's name, e.g. "2-5"; nil for a price that is not positive.
    static func label(of price: Money) -> String? {
        guard price.micros > 0 else { return nil }
        // In integers, so that 1.00 is in "1-2" on every machine.
        var low: Int64 = 10_000
        if price.micros < low { return firstLabel }
        for decade in 0...(lastDecade - firstDecade) {
            if price.micros < 10 * low {
                let step = price.micros < 2 * low ? 0 : price.micros < 5 * low ? 1 : 2
                return labels[3 * decade + step]
            }
            low *= 10
        }
        return lastLabel
    }

    private static func amount(_ digit: Int, decade: Int) -> String {
        if decade >= 0 { return "\(digit)" + String(repeating: "0", count: decade) }
        if digit == 10 { return amount(1, decade: decade + 1) }
        return "0." + String(repeating: "0", count: -decade - 1) + "\(digit)"
    }
}
