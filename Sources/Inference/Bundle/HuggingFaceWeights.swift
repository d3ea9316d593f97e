/// The weights in fp32, under the names of the file. Where they carry the prefix `bert.` it is
/// taken off.
struct HuggingFaceWeights {
    let file: SafetensorsFile
    private let prefix: String

    init(path: String) throws(BundleError) {
        file = try SafetensorsFile(path: path)
        prefix = file.tensors["bert.embeddings.word_embeddings.weight"] == nil ? "" : "bert."
    }

    /// A tensor as floats, all of them finite.
    func floats(_ name: String, shape: [Int]) throws(BundleError) -> [Float] {
        let full = prefix + name
        let tensor = try file.tensor(full)
        let bytes = try file.bytes(of: full, tensor.type, shape: shape)
        let values: [Float]
        switch tensor.type {
        case .float32: values = Self.converted(bytes, UInt32.self) { Float(bitPattern: $0) }
        case .float16:
            values = Self.converted(bytes, UInt16.self) { Float(Float16(bitPattern: $0)) }
        case .bfloat16:
            values = Self.converted(bytes, UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
        case .int8, .int64:
            throw file.error(full, "is of type \(tensor.type.rawValue), not a float")
        }
        if let index = values.firstIndex(where: { !$0.isFinite }) {
            throw file.error(full, "element \(index) is not finite")
        }
        return values
    }

    func linear(_ name: String, depth: Int, channels: Int) throws(BundleError) -> FloatLinear {
        FloatLinear(
            weights: try floats("\(name).weight", shape: [channels, depth]),
            biases: try floats("\(name).bias", shape: [channels]), depth: depth,
            channels: channels)
    }

    /// Weight and bias of a layer norm; files converted from TensorFlow say gamma and beta.
    func norm(_ name: String, _ width: Int) throws(BundleError) -> (
        weights: [Float], biases: [Float]
    ) {
        let isOld = file.tensors[prefix + name + ".gamma"] != nil
        return (
            try floats(name + (isOld ? ".gamma" : ".weight"), shape: [width]),
            try floats(name + (isOld ? ".beta" : ".bias"), shape: [width])
        )
    }

    /// Unaligned on purpose: the format promises no alignment.
    private static func converted<Bits: FixedWidthInteger>(
        _ bytes: UnsafeRawBufferPointer, _ type: Bits.Type, _ convert: (Bits) -> Float
    ) -> [Float] {
        let size = MemoryLayout<Bits>.size
        return [Float](unsafeUninitializedCapacity: bytes.count / size) { buffer, count in
            count = bytes.count / size
            for i in 0..<count {
                let bits = bytes.loadUnaligned(fromByteOffset: i * size, as: type)
                buffer[i] = convert(Bits(littleEndian: bits))
            }
        }
    }
}
