/// `model_card.json`: where the model came from and how near its int8 vectors are to the fp32 ones.
public struct ModelCard: Sendable, Equatable, Codable {
    /// Cosine between a text's int8 and fp32 vectors, over `sampleCount` texts.
    public struct Fidelity: Sendable, Equatable, Codable {
        public var sampleCount: Int
        public var meanCosine: Double
        public var firstPercentileCosine: Double
        public var minimumCosine: Double
        /// Share of each text's ten nearest other texts by fp32 that int8 finds too.
        public var topTenOverlap: Double
    }

    public var modelName: String
    /// SHA-256 of the weights that were imported.
    public var sourceSHA256: String
    public var architecture: ModelArchitecture
    public var parameterCount: Int
    public var quantization: String
    public var fidelity: Fidelity

    static let jsonName = "model_card.json"
    static let markdownName = "model_card.md"

    /// For people.
    var markdown: String {
        """
        # \(modelName)

        | | |
        |---|---|
        | layers x width x heads | \(architecture.layerCount) x \(architecture.hiddenWidth) x \
        \(architecture.headCount) |
        | vocabulary | \(architecture.vocabularySize) |
        | tokens a text | \(architecture.maxTokens) |
        | pooling | \(architecture.pooling.rawValue), unit length |
        | parameters | \(parameterCount) |
        | quantization | \(quantization) |
        | imported weights, SHA-256 | `\(sourceSHA256)` |

        ## Fidelity to fp32 on \(fidelity.sampleCount) texts

        | | |
        |---|---|
        | mean cosine | \(rounded(fidelity.meanCosine)) |
        | 1st percentile | \(rounded(fidelity.firstPercentileCosine)) |
        | minimum | \(rounded(fidelity.minimumCosine)) |
        | top-10 neighbours shared | \(rounded(fidelity.topTenOverlap)) |

        """
    }

    private func rounded(_ value: Double) -> Double { (value * 1e5).rounded() / 1e5 }
}
