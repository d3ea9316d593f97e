/// The exponential function from IEEE additions and multiplications alone, in one order. The
/// system's `exp` picks a variant by the processor (with or without fused multiply-add), and its
/// last bit with it; rankings and money must not depend on that.
public enum Exponential {
    /// e^x with a relative error below 1e-14. Beyond -700 and 700 the argument is held there, where
    /// results are still normal numbers; NaN stays NaN.
    ///
    /// x = k ln 2 + r with |r| <= ln 2 / 2, ln 2 in two parts so that r is exact (Cody & Waite,
    /// 1980), then the Taylor series of e^r to r^13, whose rest is below 1e-17; even and odd powers
    /// are summed side by side, which halves the chain of additions.
    public static func exp(_ x: Double) -> Double {
        if x.isNaN { return x }
        let bounded = min(max(x, -700), 700)
        let k = (bounded * 1.442_695_040_888_963_4).rounded(.toNearestOrEven)
        let r = (bounded - k * 0x1.62e42feep-1) - k * 0x1.a39ef35793c76p-33
        let square = r * r
        var even = 1.0 / 479_001_600
        even = even * square + 1.0 / 3_628_800
        even = even * square + 1.0 / 40_320
        even = even * square + 1.0 / 720
        even = even * square + 1.0 / 24
        even = even * square + 1.0 / 2
        even = even * square + 1
        var odd = 1.0 / 6_227_020_800
        odd = odd * square + 1.0 / 39_916_800
        odd = odd * square + 1.0 / 362_880
        odd = odd * square + 1.0 / 5_040
        odd = odd * square + 1.0 / 120
        odd = odd * square + 1.0 / 6
        odd = odd * square + 1
        // 2^k by its bits: |k| <= 1010 is a normal exponent.
        let power = Double(bitPattern: UInt64(Int(k) + 1_023) << 52)
        return (even + odd * r) * power
    }

    /// 1 / (1 + e^-x), computed on the side where nothing cancels. 0 to 1, 0.5 at 0.
    public static func logistic(_ x: Float) -> Float {
        let tail = exp(-Double(x.magnitude))
        return Float(x < 0 ? tail / (1 + tail) : 1 / (1 + tail))
    }
}
