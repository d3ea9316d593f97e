// The safetensors format (github.com/huggingface/safetensors, README "Format"): eight bytes of
// header length, a JSON header, then the tensors' bytes without holes. Both what is imported and
// what a bundle holds come through here, and nothing in the file is trusted.

/// A mapped safetensors file whose header was checked: every tensor's bytes lie inside the file,
/// fit its shape and overlap no other's.
final class SafetensorsFile: Sendable {
    enum ElementType: String, Sendable {
        case float32 = "F32"
        case float16 = "F16"
        case bfloat16 = "BF16"
        case int8 = "I8"
        case int64 = "I64"

        var byteCount: Int {
            switch self {
            case .float32: 4
            case .float16, .bfloat16: 2
            case .int8: 1
            case .int64: 8
            }
        }
    }

    struct Tensor: Sendable {
        var name: String
        var type: ElementType
        var shape: [Int]
        /// In the file, counted from its first byte.
        var bytes: Range<Int>
    }

    /// The format's own bound on the header.
    static let maxHeaderBytes = 100_000_000

    let file: MappedFile
    let tensors: [String: Tensor]

    init(path: String) throws(BundleError) {
        file = try MappedFile(path: path)
        tensors = try Self.readHeader(of: file)
    }

    /// A tensor's bytes, checked against what they must be.
    func bytes(
        of name: String, _ type: ElementType, shape: [Int]
    ) throws(BundleError) -> UnsafeRawBufferPointer {
        let tensor = try tensor(name)
        guard tensor.type == type else {
            throw error(name, "is of type \(tensor.type.rawValue), not \(type.rawValue)")
        }
        guard tensor.shape == shape else {
            throw error(name, "has the shape \(tensor.shape), not \(shape)")
        }
        return UnsafeRawBufferPointer(rebasing: file.bytes[tensor.bytes])
    }

    func tensor(_ name: String) throws(BundleError) -> Tensor {
        guard let tensor = tensors[name] else { throw error(name, "is missing") }
        return tensor
    }

    func error(_ tensor: String, _ problem: String) -> BundleError {
        BundleError(file: file.path, place: "tensor \(tensor)", problem)
    }

    private struct HeaderEntry: Decodable {
        /// Nil for `__metadata__`.
        var type: String?
        var shape: [Int] = []
        var offsets: [Int] = []

        enum CodingKeys: String, CodingKey {
            case type = "dtype"
            case shape
            case offsets = "data_offsets"
        }

        init(from decoder: any Decoder) throws {
            if decoder.codingPath.last?.stringValue == "__metadata__" { return }
            let values = try decoder.container(keyedBy: CodingKeys.self)
            type = try values.decode(String.self, forKey: .type)
            shape = try values.decode([Int].self, forKey: .shape)
            offsets = try values.decode([Int].self, forKey: .offsets)
        }
    }

    private static func readHeader(of file: MappedFile) throws(BundleError) -> [String: Tensor] {
        let size = file.bytes.count
        guard size >= 8 else {
            throw BundleError(file: file.path, "ends at byte \(size), inside the header's length")
        }
        let length = UInt64(littleEndian: file.bytes.loadUnaligned(as: UInt64.self))
        guard length <= UInt64(min(maxHeaderBytes, size - 8)) else {
            throw BundleError(
                file: file.path, place: "byte 0",
                "the header would have \(length) bytes; the file has \(size - 8) after its length")
        }
        let dataStart = 8 + Int(length)
        let entries = try JSONFile.decode(
            [String: HeaderEntry].self, Array(file.bytes[8..<dataStart]), file: file.path,
            place: "header at byte 8")
        var tensors: [String: Tensor] = [:]
        for (name, entry) in entries {
            guard let type = entry.type else { continue }
            tensors[name] = try check(name, type, entry, dataStart: dataStart, in: file)
        }
        try checkCoverage(tensors.values, dataStart: dataStart, in: file)
        return tensors
    }

    private static func check(
        _ name: String, _ typeName: String, _ entry: HeaderEntry, dataStart: Int,
        in file: MappedFile
    ) throws(BundleError) -> Tensor {
        func fail(_ problem: String) -> BundleError {
            BundleError(file: file.path, place: "tensor \(name)", problem)
        }
        guard let type = ElementType(rawValue: typeName) else {
            throw fail("has the unknown type \"\(typeName)\"")
        }
        let dataBytes = file.bytes.count - dataStart
        guard entry.offsets.count == 2, entry.offsets[0] >= 0,
            entry.offsets[0] <= entry.offsets[1]
        else { throw fail("has no range in data_offsets \(entry.offsets)") }
        guard entry.offsets[1] <= dataBytes else {
            throw fail(
                "ends at byte \(entry.offsets[1]) of the data, past its end at \(dataBytes)")
        }
        var byteCount = type.byteCount
        for extent in entry.shape {
            let (product, overflow) = byteCount.multipliedReportingOverflow(by: extent)
            guard extent >= 0, !overflow else {
                throw fail("has the impossible shape \(entry.shape)")
            }
            byteCount = product
        }
        guard byteCount == entry.offsets[1] - entry.offsets[0] else {
            throw fail(
                "needs \(byteCount) bytes for its shape \(entry.shape) and has "
                    + "\(entry.offsets[1] - entry.offsets[0])")
        }
        return Tensor(
            name: name, type: type, shape: entry.shape,
            bytes: dataStart + entry.offsets[0]..<dataStart + entry.offsets[1])
    }

    /// The format allows neither overlap nor hole.
    private static func checkCoverage(
        _ tensors: some Collection<Tensor>, dataStart: Int, in file: MappedFile
    ) throws(BundleError) {
        var end = dataStart
        let inOrder = tensors.sorted {
            ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound)
        }
        for tensor in inOrder {
            guard tensor.bytes.lowerBound == end else {
                let what = tensor.bytes.lowerBound < end ? "overlaps" : "leaves a hole after"
                throw BundleError(
                    file: file.path, place: "tensor \(tensor.name)",
                    "\(what) the tensor before it, which ends at byte \(end) of the file")
            }
            end = tensor.bytes.upperBound
        }
        guard end == file.bytes.count else {
            throw BundleError(
                file: file.path, place: "byte \(end)",
                "\(file.bytes.count - end) bytes belong to no tensor")
        }
    }
}
