internal import CKernels

/// An int8 layer as the kernels read it: pointers into the mapped file.
struct QuantizedLinear {
    let weights: UnsafePointer<Int8>
    let scales: UnsafePointer<Float>
    let sums: UnsafePointer<Float>
    let biases: UnsafePointer<Float>
    /// What the layer's input is multiplied by before it is quantised; nil where that is 1.
    let inputFactors: UnsafePointer<Float>?
    let depth: Int
    let channels: Int
}

struct NormWeights {
    let weights: UnsafePointer<Float>
    let biases: UnsafePointer<Float>
}

struct LayerWeights {
    /// Queries, keys and values as one product.
    let projections: QuantizedLinear
    let attentionOutput: QuantizedLinear
    let attentionNorm: NormWeights
    let up: QuantizedLinear
    let down: QuantizedLinear
    let outputNorm: NormWeights
}

/// Every weight of a bundle, in place in `weights.safetensors`.
final class BundleWeights: @unchecked Sendable {
    // Safe: all pointers go to a read-only mapping that `file` keeps alive.
    static let fileName = "weights.safetensors"

    let file: SafetensorsFile
    let words: UnsafePointer<UInt16>
    let positions: UnsafePointer<Float>
    let embeddingNorm: NormWeights
    let layers: [LayerWeights]

    init(
        _ file: SafetensorsFile, _ architecture: ModelArchitecture
    ) throws(BundleError) {
        let reader = Reader(file: file)
        let hidden = architecture.paddedHidden
        self.file = file
        words = try reader.pointer(
            "embeddings.word", .float16, [architecture.vocabularySize, hidden])
        positions = try reader.pointer(
            "embeddings.position", .float32, [architecture.positionCount, hidden])
        embeddingNorm = try reader.norm("embeddings.norm", hidden)
        var layers: [LayerWeights] = []
        for index in 0..<architecture.layerCount {
            layers.append(try reader.layer("layers.\(index)", architecture))
        }
        self.layers = layers
    }

    private struct Reader {
        let file: SafetensorsFile

        func pointer<Element>(
            _ name: String, _ type: SafetensorsFile.ElementType, _ shape: [Int]
        ) throws(BundleError) -> UnsafePointer<Element> {
            let bytes = try file.bytes(of: name, type, shape: shape)
            guard let start = bytes.baseAddress, Int(bitPattern: start) % 64 == 0 else {
                throw file.error(name, "does not start at a multiple of 64 bytes")
            }
            return start.assumingMemoryBound(to: Element.self)
        }

        func norm(_ name: String, _ width: Int) throws(BundleError) -> NormWeights {
            NormWeights(
                weights: try pointer("\(name).weight", .float32, [width]),
                biases: try pointer("\(name).bias", .float32, [width]))
        }

        func linear(
            _ name: String, depth: Int, channels: Int
        ) throws(BundleError) -> QuantizedLinear {
            let factors: UnsafePointer<Float> = try pointer(
                "\(name).input_factor", .float32, [depth])
            let isSmoothed = (0..<depth).contains { factors[$0] != 1 }
            return QuantizedLinear(
                weights: try pointer(
                    "\(name).weight", .int8,
                    PackedLinear.packedShape(depth: depth, channels: channels)),
                scales: try pointer("\(name).scale", .float32, [channels]),
                sums: try pointer("\(name).sum", .float32, [channels]),
                biases: try pointer("\(name).bias", .float32, [channels]),
                inputFactors: isSmoothed ? factors : nil,
                depth: depth, channels: channels)
        }

        func layer(
            _ name: String, _ a: ModelArchitecture
        ) throws(BundleError) -> LayerWeights {
            let (hidden, attention) = (a.paddedHidden, a.paddedAttention)
            return LayerWeights(
                projections: try linear(
                    "\(name).projections", depth: hidden, channels: 3 * attention),
                attentionOutput: try linear(
                    "\(name).attention_output", depth: attention, channels: hidden),
                attentionNorm: try norm("\(name).attention_norm", hidden),
                up: try linear("\(name).up", depth: hidden, channels: a.paddedIntermediate),
                down: try linear("\(name).down", depth: a.paddedIntermediate, channels: hidden),
                outputNorm: try norm("\(name).output_norm", hidden))
        }
    }
}
