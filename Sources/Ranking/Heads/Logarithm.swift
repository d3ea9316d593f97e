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
        sum = sum * square + 1.0 / 17
        sum = sum * square + 1.0 / 15
        sum = sum * square + 1.0 / 13
        sum = sum * square + 1.0 / 11
        sum = sum * square + 1.0 / 9
        sum = sum * square + 1.0 / 7
        sum = sum * square + 1.0 / 5
        sum = sum * square + 1.0 / 3
        sum = sum * square + 1
        return exponent * 0.693_147_180_559_945_3 + 2 * s * sum
    }
}
