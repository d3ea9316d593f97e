/// The exponential function from IEEE additions and multiplications alone, in one order. The
/// system's `exp` picks a variant by the processor (with or without fused multiply-add), and its
/// last bit with it; rankings and money must not depend on that.
enum Exponential {
    /// e^x with a relative error below 1e-14. Beyond -700 and 700 the argument is held there, where
    /// results are still normal numbers; NaN stays NaN.
    ///
    /// x = k ln 2 + r with |r| <= ln 2 / 2, ln 2 in two parts so that r is exact (Cody & Waite,
    /// 1980), then the Taylor series of e^r to r^13, whose rest is below 2e-17.
    static func exp(_ x: Double) -> Double {
        if x.isNaN { return x }
        let bounded = min(max(x, -700), 700)
        let k = (bounded * 1.442_695_040_888_963_4).rounded(.toNearestOrEven)
        let r = (bounded - k * 0x1.62e42feep-1) - k * 0x1.a39ef35793c76p-33
        var series = 1.0
        for n in stride(from: 13.0, through: 1, by: -1) { series = 1 + series * r / n }
        return series * Double(sign: .plus, exponent: Int(k), significand: 1)
    }

    /// 1 / (1 + e^-x), computed on the side where nothing cancels. 0 to 1, 0.5 at 0.
    static func logistic(_ x: Float) -> Float {
        let tail = exp(-Double(x.magnitude))
        return Float(x < 0 ? tail / (1 + tail) : 1 / (1 + tail))
    }
}
