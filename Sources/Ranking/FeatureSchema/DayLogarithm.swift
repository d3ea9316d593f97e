#if canImport(Glibc)
    private import Glibc
#endif

/// log(1 + count) of whole days and counts by a table: a candidate's features take several.
enum DayLogarithm {
    /// What is longer ago, or never, counts as this: e^6 - 1 is 402 days.
    static let never: Float = 6

    private static let table: [Float] = (0..<402).map { Float(log1p(Double($0))) }

    /// 0 to `never`; 0 for negative counts.
    static func of(_ count: Int) -> Float {
        count < 0 ? 0 : count < table.count ? table[count] : never
    }

    /// For numbers that are not whole; made when a subject is prepared, not per candidate.
    static func of(_ value: Float) -> Float {
        value.isFinite && value > 0 ? min(Float(log1p(Double(value))), never) : 0
    }
}
