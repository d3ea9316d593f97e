#if canImport(Glibc)
    private import Glibc
#endif

enum NaturalLogarithm {
    /// - Precondition: `x` is positive.
    static func of(_ x: Float) -> Float { Float(log(Double(x))) }
}
