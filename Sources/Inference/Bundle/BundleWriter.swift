// Writes a bundle beside its destination and renames it there, so that a reader sees a whole
// bundle or none.

private import Foundation

#if canImport(Glibc)
    private import Glibc
#endif

/// Tensors gathered for one safetensors file.
struct SafetensorsWriter {
    private var header: [String: HeaderEntry] = [:]
    private var data: [UInt8] = []

    private struct HeaderEntry: Encodable {
        var dtype: String
        var shape: [Int]
        var offsets: [Int]

        enum CodingKeys: String, CodingKey {
            case dtype
            case shape
            case offsets = "data_offsets"
        }
    }

    /// - Precondition: the tensor's bytes are a multiple of 64, so that the next one is aligned;
    ///   the format allows no holes.
    mutating func add<Element>(
        _ name: String, _ type: SafetensorsFile.ElementType, _ shape: [Int], _ values: [Element]
    ) {
        let start = data.count
        values.withUnsafeBytes { data.append(contentsOf: $0) }
        precondition((data.count - start) % 64 == 0, "\(name) would misalign the next tensor")
        header[name] = HeaderEntry(
            dtype: type.rawValue, shape: shape, offsets: [start, data.count])
    }

    mutating func add(_ name: String, _ linear: PackedLinear) {
        let shape = PackedLinear.packedShape(depth: linear.depth, channels: linear.channels)
        add("\(name).weight", .int8, shape, linear.weights)
        add("\(name).scale", .float32, [linear.channels], linear.scales)
        add("\(name).sum", .float32, [linear.channels], linear.sums)
        add("\(name).bias", .float32, [linear.channels], linear.biases)
        add("\(name).input_factor", .float32, [linear.depth], linear.inputFactors)
    }

    /// Spaces after the header, which the format allows, align the first tensor.
    func encoded() throws(BundleError) -> [UInt8] {
        var json = try JSONFile.encode(header)
        while (8 + json.count) % 64 != 0 { json.append(UInt8(ascii: " ")) }
        let length = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) }
        return length + json + data
    }
}

/// A bundle's files on their way to disk.
struct BundleWriter {
    private let destination: String
    private let partial: String
    private(set) var files: [Manifest.File] = []

    /// Makes `destination.partial-PID`; what an earlier import left there goes.
    init(destination: String) throws(BundleError) {
        self.destination = destination
        partial = "\(destination).partial-\(getpid())"
        Self.remove(partial)
        do {
            try FileManager.default.createDirectory(
                atPath: partial, withIntermediateDirectories: true)
        } catch {
            throw BundleError(file: partial, "cannot be made: \(error)")
        }
    }

    mutating func write(_ name: String, _ bytes: [UInt8]) throws(BundleError) {
        try writeDurably(partial + "/" + name, bytes)
        files.append(
            Manifest.File(name: name, byteCount: bytes.count, sha256: SHA256.hexDigest(bytes)))
    }

    /// The manifest goes last; then the whole takes its place. What stood there is moved aside
    /// first and removed after.
    func finish(_ manifest: Manifest) throws(BundleError) {
        try writeDurably(partial + "/" + Manifest.fileName, try JSONFile.encode(manifest))
        let old = "\(destination).old-\(getpid())"
        let hadOld = fileExists(destination)
        if hadOld, rename(destination, old) != 0 {
            throw systemError(destination, "cannot be moved aside")
        }
        guard rename(partial, destination) == 0 else {
            let error = systemError(destination, "cannot be put in place")
            if hadOld { _ = rename(old, destination) }
            throw error
        }
        if hadOld { Self.remove(old) }
    }

    /// Removes what was written. For imports that fail.
    func discard() { Self.remove(partial) }

    static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

    private func writeDurably(_ path: String, _ bytes: [UInt8]) throws(BundleError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw systemError(path, "cannot be written") }
        defer { close(descriptor) }
        var start = 0
        while start < bytes.count {
            let written = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress! + start, buffer.count - start)
            }
            guard written > 0 || errno == EINTR else {
                throw systemError(path, "cannot be written")
            }
            start += max(written, 0)
        }
        guard fsync(descriptor) == 0 else { throw systemError(path, "cannot be made durable") }
        // What was written lies in the system's cache in small pages, and would stay so; read anew, it
        // comes in large ones (`HugePages`). Only advice: a refusal changes nothing.
        _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
    }
}
