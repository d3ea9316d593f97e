public import Base

/// What an advertiser pays, and what that is worth. Money is integers from here on; what
/// could overflow is refused before it gets here, and nothing saturates.
public enum Bid {
    /// A million units: far above any bid that is meant, and low enough that every
    /// eCPM fits an Int64 with three digits to spare.
    public static let maxMicros: Int64 = 1_000_000_000_000

    /// Millionths of a bid given in units, rounded half to even.
    /// - Parameter field: its path in the request, for the error, e.g. `ad_bids[3].bid`.
    /// - Throws: `Fault.invalid` unless it is finite, above 0, at least half a millionth (less
    ///   would round to nothing) and at most `maxMicros`.
    public static func micros(ofUnits units: Double, field: String) throws(Fault) -> Int64 {
        guard units.isFinite, units > 0 else {
            throw Fault.invalid(field, "must be a finite amount above 0")
        }
        let micros = (units * 1_000_000).rounded(.toNearestOrEven)
        guard micros <= Double(maxMicros) else { throw tooLarge(field) }
        guard micros >= 1 else { throw Fault.invalid(field, "is less than one millionth") }
        return Int64(micros)
    }

    /// Checks a bid given in micros.
    /// - Throws: `Fault.invalid` unless it is 1 to `maxMicros`.
    public static func check(micros: Int64, field: String) throws(Fault) {
        guard micros > 0 else { throw Fault.invalid(field, "must be above 0") }
        guard micros <= maxMicros else { throw tooLarge(field) }
    }

    private static func tooLarge(_ field: String) -> Fault {
        Fault.invalid(field, "must be at most \(maxMicros) micros")
    }
}
