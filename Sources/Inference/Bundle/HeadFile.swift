// A trained head as a file: magic, the length of a JSON header, the header, then little-endian numbers as the
// header counts them, and the SHA-256 of all before in hexadecimal. It lies beside the bundle whose vectors
// it reads, not in its manifest: a new head is no new encoder, and the store's vectors stay good. What is read
// is believed only when checksum, format and bundle fit.

public import Base
private import Foundation

/// What the header of every head says.
public protocol HeadFileHeader: Codable {
    var formatVersion: Int { get }
    /// Of the encoder whose vectors the head reads.
    var bundleVersion: String { get }
}

/// The files of one kind of head.
public struct HeadFile: Sendable {
    private static let checksumBytes = 64

    private let name: String
    private let magic: [UInt8]
    private let formatVersion: Int
    private let maxBytes: Int
    private let faultReason: String

    /// - Parameters:
    ///   - name: what faults call it, such as "intent head".
    ///   - magic: what a file begins with.
    ///   - faultReason: of faults, before `_UNREADABLE` and `_UNWRITABLE`.
    public init(
        name: String, magic: String, formatVersion: Int, maxBytes: Int,
        faultReason: String = "HEAD"
    ) {
        self.name = name
        self.magic = Array(magic.utf8)
        self.formatVersion = formatVersion
        self.maxBytes = maxBytes
        self.faultReason = faultReason
    }

    public func bytes(_ header: some HeadFileHeader, _ body: HeadWriter) throws(Fault) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        guard let json = try? encoder.encode(header) else {
            throw Fault(
                .internal, reason: "\(faultReason)_UNWRITABLE",
                "the \(name) holds numbers that are none")
        }
        var file = HeadWriter()
        file.bytes = magic
        file.append(UInt64(json.count))
        file.bytes += json
        file.bytes += body.bytes
        file.bytes += Array(SHA256.hexDigest(file.bytes).utf8)
        return file.bytes
    }

    /// Replaces the file whole or not at all.
    public func write(_ bytes: [UInt8], to path: String) throws(Fault) {
        do {
            try Data(bytes).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw Fault(
                .failedPrecondition, reason: "\(faultReason)_UNWRITABLE",
                "\(path) cannot be written: \(error.localizedDescription)")
        }
    }

    /// Nil where there is no file.
    public func read(_ path: String) throws(Fault) -> [UInt8]? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size]) as? Int
        guard let size, size <= maxBytes, let data = FileManager.default.contents(atPath: path)
        else { throw unreadable(path, "it cannot be read") }
        return [UInt8](data)
    }

    /// The header, and a reader that stands behind it. Whether the head is of the caller's bundle is for
    /// `check` to say.
    public func open<Header: HeadFileHeader>(
        _ bytes: [UInt8], _ path: String, as _: Header.Type
    ) throws(Fault) -> (header: Header, body: HeadReader) {
        guard bytes.starts(with: magic) else { throw unreadable(path, "it is no \(name)") }
        guard bytes.count > magic.count + 8 + Self.checksumBytes else {
            throw unreadable(path, "it is truncated")
        }
        let end = bytes.count - Self.checksumBytes
        guard Array(SHA256.hexDigest(Array(bytes[..<end])).utf8) == Array(bytes[end...]) else {
            throw unreadable(path, "its checksum does not fit: it is damaged or truncated")
        }
        var reader = HeadReader(bytes: bytes, position: magic.count, end: end)
        guard let headerBytes = try? reader.uint64(),
            let json = try? reader.take(Int(clamping: headerBytes)),
            let header = try? JSONDecoder().decode(Header.self, from: Data(json))
        else { throw unreadable(path, "its header cannot be read") }
        guard header.formatVersion == formatVersion else {
            throw unreadable(
                path, "its format is \(header.formatVersion); this program reads \(formatVersion)")
        }
        return (header, reader)
    }

    public func check(
        _ header: some HeadFileHeader, isOf bundleVersion: String, _ path: String
    ) throws(Fault) {
        guard header.bundleVersion == bundleVersion else {
            throw unreadable(
                path,
                "it was trained on vectors of bundle \(header.bundleVersion.prefix(12)), not "
                    + "\(bundleVersion.prefix(12)): train it again")
        }
    }

    /// The beginning of the checksum, which says all.
    public func version(of bytes: [UInt8]) -> String {
        String(decoding: bytes.suffix(Self.checksumBytes).prefix(16), as: UTF8.self)
    }

    public func unreadable(_ path: String, _ what: String) -> Fault {
        Fault(
            .failedPrecondition, reason: "\(faultReason)_UNREADABLE", "the \(name) \(path): \(what)"
        )
    }
}
