public import Store

/// How a budget is made to last. A campaign should have spent target(x) of its budget by the part x of
/// its day, and bids with the probability (target - spent) / window, at most 1: as far behind as the
/// window is long it bids always, on target never, and in between as often as its demand takes. Nothing
/// is remembered but what was spent, so that a crash changes nothing; the lag behind the target is
/// at most the window, a ninety-sixth of the budget.
public enum Pacer {
    private static let dayNanoseconds: Int64 = 86_400 * 1_000_000_000
    /// Of the budget: what is spent evenly in a quarter of an hour.
    static let window = 1.0 / 96

    /// 0 to 1.
    /// - Parameter spentMicros: on the moment's day, UTC.
    public static func passProbability(
        _ budget: DailyBudget, spentMicros: Int64, unixNanoseconds: Int64
    ) -> Float {
        let target = target(budget.pacing, part: part(of: budget, unixNanoseconds))
        let spent = Double(spentMicros) / Double(budget.micros)
        return Float(min(max((target - spent) / window, 0), 1))
    }

    /// The part of the budget that should be spent by a part of the day.
    public static func target(_ pacing: AdPacing, part: Double) -> Double {
        switch pacing {
        case .even: part
        case .frontLoaded: 1 - (1 - part) * (1 - part)
        }
    }

    /// How much of the hours in which the campaign runs on the moment's day have passed.
    static func part(of budget: DailyBudget, _ now: Int64) -> Double {
        let day = now.quotientAndRemainder(dividingBy: dayNanoseconds)
        let start = now - (day.remainder < 0 ? day.remainder + dayNanoseconds : day.remainder)
        // In the first and last day of representable time the day is cut short: no matter.
        let (midnight, overflow) = start.addingReportingOverflow(dayNanoseconds)
        let first = max(start, budget.startUnixNanoseconds)
        let last = min(overflow ? .max : midnight, budget.endUnixNanoseconds)
        guard first < last else { return 1 }
        return min(max(Double(now - first) / Double(last - first), 0), 1)
    }

    /// The same in [0, 1) for one campaign throughout an auction: a campaign of ten ads passes no
    /// oftener than one of one ad.
    public static func draw(seed: UInt64, account: Int32) -> Float {
        var random = seed &+ UInt64(UInt32(bitPattern: account)) &* 0x9E37_79B9_7F4A_7C15
        // splitmix64 (Steele, Lea & Flood, 2014).
        random = (random ^ (random >> 30)) &* 0xBF58_476D_1CE4_E5B9
        random = (random ^ (random >> 27)) &* 0x94D0_49BB_1331_11EB
        random ^= random >> 31
        return Float(random >> 40) / 16_777_216
    }
}
