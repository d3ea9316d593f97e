// A trained head as a file: magic and version, a JSON header, then the networks' rows of int8 with a
// little-endian fp32 scale each, fp32 biases and what else the header counts, and the SHA-256 of all before. It lies beside the bundle whose vectors it
// reads, not in its manifest: a new head is no new encoder, and the store's vectors stay good.

public import Base
private import Foundation
internal import Inference

public enum IntentHeadFile {
    /// In the bundle's directory.
    public static let name = "intents.head"

    private static let magic = Array("RWINTENT".utf8)
    private static let formatVersion = 2
    private static let checksumBytes = 64
    private static let maxBytes = 512 * 1024 * 1024
    private static let maxIntents = 10_000
    private static let maxWidth = 16_384

    private struct Header: Codable {
        var formatVersion: Int
        var bundleVersion: String
        var intents: [String]
        var inputWidth: Int
        /// Hidden units of each member.
        var unitCounts: [Int]
        var temperature: Float
        var score: String
        var threshold: Float
        var slope: Float
        /// Of a combined score; absent otherwise.
        var scoreWeight: Float?
        /// Rows of the table of neighbours or centroids, or of means.
        var scoreRowCount: Int
        var trainedTextCount: Int
    }

    /// Whole or not at all: written beside `path` and renamed.
    public static func write(_ head: IntentHead, to path: String) throws(Fault) {
        var body = ByteWriter()
        for member in head.members {
            body.append(member.hidden)
            body.append(member.hiddenBiases)
            body.append(member.output)
            body.append(member.outputBiases)
        }
        var scoreRows = 0
        var scoreWeight: Float?
        switch head.detector.score {
        case .maximumLogit, .energy: break
        case .combined(let table, let weight):
            scoreRows = table.rowCount
            scoreWeight = weight
            body.append(table)
        case .nearestNeighbour(let table), .centroids(let table):
            scoreRows = table.rowCount
            body.append(table)
        case .mahalanobis(let whitening):
            scoreRows = whitening.means.count
            body.append(whitening.rows.values)
            for mean in whitening.means { body.append(mean) }
        }
        for hash in head.trainedTexts.sorted() { body.append(hash) }
        let header = Header(
            formatVersion: formatVersion, bundleVersion: head.bundleVersion,
            intents: head.intents, inputWidth: head.dimension,
            unitCounts: head.members.map(\.unitCount), temperature: head.temperature,
            score: head.detector.score.name, threshold: head.detector.threshold,
            slope: head.detector.slope, scoreWeight: scoreWeight, scoreRowCount: scoreRows,
            trainedTextCount: head.trainedTexts.count)
        do {
            let json = try JSONEncoder().encode(header)
            var file = ByteWriter()
            file.bytes = magic
            file.append(UInt64(json.count))
            file.bytes += json
            file.bytes += body.bytes
            file.bytes += Array(SHA256.hexDigest(file.bytes).utf8)
            try Data(file.bytes).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw Fault(
                .failedPrecondition, reason: "HEAD_UNWRITABLE",
                "\(path) cannot be written: \(error.localizedDescription)")
        }
    }

    /// The head at `path`; nil where there is no file.
    /// - Parameters:
    ///   - bundleVersion: of the encoder it will be used with; a head of another is refused.
    public static func read(_ path: String, bundleVersion: String) throws(Fault) -> IntentHead? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size]) as? Int
        guard let size, size <= maxBytes, let data = FileManager.default.contents(atPath: path)
        else { throw unreadable(path, "it cannot be read") }
        let bytes = [UInt8](data)
        guard bytes.starts(with: magic) else { throw unreadable(path, "it is no intent head") }
        guard bytes.count > magic.count + 8 + checksumBytes else {
            throw unreadable(path, "it is truncated")
        }
        let end = bytes.count - checksumBytes
        guard Array(SHA256.hexDigest(Array(bytes[..<end])).utf8) == Array(bytes[end...]) else {
            throw unreadable(path, "its checksum does not fit: it is damaged or truncated")
        }
        var reader = ByteReader(bytes: bytes, position: magic.count, end: end)
        let headerBytes = Int(clamping: reader.uint64())
        guard headerBytes <= reader.remaining,
            let header = try? JSONDecoder().decode(
                Header.self, from: Data(reader.take(headerBytes)))
        else { throw unreadable(path, "its header cannot be read") }
        guard header.formatVersion == formatVersion else {
            throw unreadable(
                path, "its format is \(header.formatVersion); this program reads \(formatVersion)")
        }
        guard header.bundleVersion == bundleVersion else {
            throw unreadable(
                path,
                "it was trained on vectors of bundle \(header.bundleVersion.prefix(12)), not "
                    + "\(bundleVersion.prefix(12)): train it again")
        }
        return try head(header, &reader, path)
    }

    private static func head(
        _ header: Header, _ reader: inout ByteReader, _ path: String
    ) throws(Fault) -> IntentHead {
        let width = header.inputWidth
        guard (1...maxIntents).contains(header.intents.count), (1...maxWidth).contains(width),
            (1...64).contains(header.unitCounts.count),
            header.unitCounts.allSatisfy({ (0...maxWidth).contains($0) }),
            header.temperature.isFinite, header.temperature > 0,
            header.scoreRowCount >= 0, header.trainedTextCount >= 0,
            body(header) == reader.remaining
        else { throw unreadable(path, "its header contradicts its size") }
        let members = header.unitCounts.map { units in
            Perceptron(
                inputWidth: width, hidden: reader.table(units, width),
                hiddenBiases: reader.floats(units),
                output: reader.table(header.intents.count, units == 0 ? width : units),
                outputBiases: reader.floats(header.intents.count))
        }
        let score: OutOfScopeDetector.Score
        switch header.score {
        case "maximum_logit": score = .maximumLogit
        case "energy": score = .energy
        case "nearest_neighbour":
            score = .nearestNeighbour(reader.table(header.scoreRowCount, width))
        case "centroids": score = .centroids(reader.table(header.scoreRowCount, width))
        case "combined":
            score = .combined(
                reader.table(header.scoreRowCount, width), weight: header.scoreWeight ?? 0)
        default:
            let rows = reader.floats(width * width)
            score = .mahalanobis(
                OutOfScopeDetector.Whitening(
                    width: width, rows: rows,
                    means: (0..<header.scoreRowCount).map { _ in reader.floats(width) }))
        }
        let trainedTexts = Set((0..<header.trainedTextCount).map { _ in reader.uint64() })
        guard reader.areNumbers else { throw unreadable(path, "its weights are no numbers") }
        return IntentHead(
            intents: header.intents, members: members, temperature: header.temperature,
            detector: OutOfScopeDetector(
                score: score, threshold: header.threshold, slope: header.slope),
            bundleVersion: header.bundleVersion,
            trainedTexts: trainedTexts)
    }

    /// Bytes that follow the header; nil for a score this program does not know or a count that
    /// cannot be.
    private static func body(_ header: Header) -> Int? {
        guard header.scoreRowCount < maxBytes, header.trainedTextCount < maxBytes else {
            return nil
        }
        let (width, outputs) = (header.inputWidth, header.intents.count)
        var bytes = 8 * header.trainedTextCount
        for units in header.unitCounts {
            bytes += units * (width + 8) + outputs * ((units == 0 ? width : units) + 8)
        }
        let scoreBytes: Int
        switch header.score {
        case "maximum_logit", "energy": scoreBytes = 0
        case "nearest_neighbour", "centroids", "combined":
            scoreBytes = header.scoreRowCount * (4 + width)
        case "mahalanobis": scoreBytes = 4 * width * (width + header.scoreRowCount)
        default: return nil
        }
        return bytes + scoreBytes
    }

    private static func unreadable(_ path: String, _ what: String) -> Fault {
        Fault(
            .failedPrecondition, reason: "HEAD_UNREADABLE", "the intent head \(path): \(what)")
    }
}

private struct ByteWriter {
    var bytes: [UInt8] = []

    mutating func append(_ values: [Float]) {
        bytes.reserveCapacity(bytes.count + 4 * values.count)
        for value in values {
            let bits = value.bitPattern
            for shift in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: bits >> (8 * shift))) }
        }
    }

    /// Rows, each with its scale before it.
    mutating func append(_ table: Int8VectorTable) {
        for row in 0..<table.rowCount {
            let vector = table.row(row)
            append([vector.scale])
            bytes += vector.values.map { UInt8(bitPattern: $0) }
        }
    }

    mutating func append(_ value: UInt64) {
        for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * shift))) }
    }
}

/// - Precondition: whoever reads has checked that so much is there.
private struct ByteReader {
    let bytes: [UInt8]
    var position: Int
    let end: Int
    /// Whether all floats so far were finite, and small enough that products of them are.
    private(set) var areNumbers = true

    init(bytes: [UInt8], position: Int, end: Int) {
        self.bytes = bytes
        self.position = position
        self.end = end
    }

    var remaining: Int { end - position }

    mutating func take(_ count: Int) -> ArraySlice<UInt8> {
        defer { position += count }
        return bytes[position..<position + count]
    }

    mutating func uint64() -> UInt64 {
        var value: UInt64 = 0
        for (shift, byte) in take(8).enumerated() { value |= UInt64(byte) << (8 * shift) }
        return value
    }

    mutating func table(_ rowCount: Int, _ width: Int) -> Int8VectorTable {
        let rows = (0..<rowCount).map { _ in
            let scale = floats(1)[0]
            return Int8Vector(values: take(width).map { Int8(bitPattern: $0) }, scale: scale)
        }
        return Int8VectorTable(dimension: width, rows: rows)
    }

    mutating func floats(_ count: Int) -> [Float] {
        let start = position
        position += 4 * count
        return (0..<count).map { index in
            var bits: UInt32 = 0
            for shift in 0..<4 { bits |= UInt32(bytes[start + 4 * index + shift]) << (8 * shift) }
            let value = Float(bitPattern: bits)
            if !(value.magnitude < 1e15) { areNumbers = false }
            return value
        }
    }
}
