/// The sizes of a BERT encoder and how its vectors are made: what `config.json` and its companions
/// say, checked.
public struct ModelArchitecture: Sendable, Equatable, Codable {
    public enum Pooling: String, Sendable, Codable {
        /// Mean of all tokens, [CLS] and [SEP] included.
        case mean
        /// The vector of [CLS].
        case classification = "cls"
    }

    public var layerCount: Int
    /// Floats of a token's vector, and of the text's.
    public var hiddenWidth: Int
    public var headCount: Int
    /// Width of the feed-forward layer.
    public var intermediateWidth: Int
    public var vocabularySize: Int
    public var positionCount: Int
    public var normEpsilon: Float
    public var pooling: Pooling
    /// Of one text, [CLS] and [SEP] included.
    public var maxTokens: Int

    public var headWidth: Int { hiddenWidth / headCount }

    /// Of the matrix products, attention's included, for one sequence.
    public func multiplyAdds(tokens: Int) -> Double {
        let products = 4 * hiddenWidth * hiddenWidth + 2 * hiddenWidth * intermediateWidth
        return Double(layerCount * tokens) * Double(products + 2 * tokens * hiddenWidth)
    }

    // Kernels take whole vectors: widths are padded with zeros.
    var paddedHidden: Int { Self.padded(hiddenWidth, to: 64) }
    var paddedIntermediate: Int { Self.padded(intermediateWidth, to: 64) }
    var paddedHead: Int { Self.padded(headWidth, to: 16) }
    /// All heads side by side.
    var paddedAttention: Int { Self.padded(headCount * paddedHead, to: 64) }

    private static func padded(_ width: Int, to multiple: Int) -> Int {
        (width + multiple - 1) / multiple * multiple
    }

    /// What no model of this family exceeds; keeps products of sizes far from overflow and sums of
    /// products inside int32.
    private var bounded: [(name: String, value: Int, range: ClosedRange<Int>)] {
        [
            ("layerCount", layerCount, 1...256),
            ("hiddenWidth", hiddenWidth, 1...16_384),
            ("headCount", headCount, 1...1_024),
            ("intermediateWidth", intermediateWidth, 1...65_536),
            ("vocabularySize", vocabularySize, 1...4_194_304),
            ("positionCount", positionCount, 3...65_536),
            ("maxTokens", maxTokens, 3...65_536),
        ]
    }

    /// The first thing that cannot be, as a sentence that begins with the field.
    func problem() -> String? {
        for (name, value, range) in bounded where !range.contains(value) {
            return "\(name) is \(value), outside \(range.lowerBound) to \(range.upperBound)"
        }
        if hiddenWidth % headCount != 0 {
            return "hiddenWidth \(hiddenWidth) is no multiple of headCount \(headCount)"
        }
        if maxTokens > positionCount {
            return "maxTokens \(maxTokens) is more than positionCount \(positionCount)"
        }
        if !(normEpsilon >= 0 && normEpsilon < 1) { return "normEpsilon is \(normEpsilon)" }
        return nil
    }
}
