public import Store

/// eCPM: what a thousand impressions are expected to earn.
public enum EffectiveCPM {
    /// Per impression the bid, which is for a thousand; per click 1000 x click probability x bid, per
    /// conversion 1000 x conversion probability x bid.
    public static func micros(
        _ pricing: AdPricing, clickProbability: @autoclosure () -> Float,
        conversionProbability: @autoclosure () -> Float, bidMicros: Int64
    ) -> Int64 {
        switch pricing {
        case .impression: bidMicros
        case .click: micros(probability: clickProbability(), bidMicros: bidMicros)
        case .conversion: micros(probability: conversionProbability(), bidMicros: bidMicros)
        }
    }

    /// 1000 x probability x bid, the exact product rounded half to even: the probability is
    /// a Float, an integer of at most 24 bits over a power of two, so the product is one too, and
    /// anyone can compute the same number from the reply.
    ///
    /// At most 1000 x `Bid.maxMicros`: no input that the precondition admits overflows.
    /// - Precondition: `probability` is 0 to 1 and `bidMicros` 1 to `Bid.maxMicros`.
    public static func micros(probability: Float, bidMicros: Int64) -> Int64 {
        precondition((0...1).contains(probability), "not a probability")
        precondition((1...Bid.maxMicros).contains(bidMicros), "the bid was not checked")
        guard probability > 0 else { return 0 }
        // probability = integer / 2^shift, shift at least 23.
        let integer = UInt128(probability.significand * 8_388_608)
        let shift = 23 - Int(probability.exponent)
        let product = integer * 1000 * UInt128(bidMicros)
        // The product is below 2^24 * 2^10 * 2^40: divided by 2^76 it rounds to nothing.
        guard shift < 76 else { return 0 }
        let half = UInt128(1) << (shift - 1)
        let quotient = product >> shift
        let rest = product & ((half << 1) - 1)
        let roundsUp = rest > half || (rest == half && quotient & 1 == 1)
        return Int64(quotient) + (roundsUp ? 1 : 0)
    }
}
