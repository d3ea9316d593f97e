/// The natural logarithm from IEEE operations alone, in one order, for the same reason as
/// `Exponential`.
public enum Logarithm {
    /// log(x) with an error below 2e-15 of the larger of 1 and its magnitude.
    ///
    /// x = m 2^e with sqrt(1/2) <= m < sqrt(2); log m = 2 artanh(s) with s = (m - 1) / (m + 1), whose
    /// series to s^19 leaves less than 1e-17.
    /// - Precondition: `x` is positive, finite and normal.
    public static func natural(_ x: Double) -> Double {
        precondition(x.isNormal && x > 0, "a logarithm of \(x)")
        var mantissa = x.significand
        var exponent = Double(x.exponent)
        if mantissa >= 1.414_213_562_373_095_1 {
            mantissa *= 0.5
            exponent += 1
        }
        let s = (mantissa - 1) / (mantissa + 1)
        let square = s * s
        var sum = 1.0 / 19
        for odd in stride(from: 17.0, through: 1, by: -2) { sum = sum * square + 1 / odd }
        return exponent * 0.693_147_180_559_945_3 + 2 * s * sum
    }
}
