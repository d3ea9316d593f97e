// A trained ranking head as a file: magic, a JSON header, then little-endian numbers as the header counts
// them, and the SHA-256 of all before. It lies beside the bundle whose vectors it reads, not in its
// manifest: a new head is no new encoder, and the store's vectors stay good. What is read is believed only
// when schema, bundle, sizes and every number fit.

public import Base
private import Foundation
internal import Inference

public enum RankingHeadFile {
    /// In the bundle's directory.
    public static let name = "ranking.head"

    private static let magic = Array("RWRANKER".utf8)
    private static let formatVersion = 1
    private static let checksumBytes = 64
    private static let maxBytes = 512 * 1024 * 1024

    struct Header: Codable {
        var formatVersion: Int
        var kind: String
        /// Names of all features, in order, and of what an explanation's numbers mean.
        var schema: [String]
        var origin: RankingModel.Origin
        /// Of the additive head.
        var axes: [ShapeHead.Axis] = []
        var pairs: [[ShapeHead.Axis]] = []
        /// Of the perceptron.
        var dimension = 0
        var statisticsUnixNanoseconds: Int64
        var itemCount: Int
        var attributeLifts: [String: [String: Float]]
    }

    /// Replaces the file whole or not at all.
    public static func write(_ model: RankingModel, to path: String) throws(Fault) {
        var header = Header(
            formatVersion: formatVersion, kind: model.head.kind, schema: schema,
            origin: model.origin,
            statisticsUnixNanoseconds: model.statistics.asOfUnixNanoseconds,
            itemCount: model.statistics.itemIds.count,
            attributeLifts: model.statistics.attributeLifts)
        var body = HeadWriter()
        switch model.head {
        case .linear:
            throw .invalid("head", "the fixed head is in the program, not in a file")
        case .shapes(let head):
            header.axes = head.shapes.map(\.axis)
            header.pairs = head.pairs.map { [$0.first, $0.second] }
            body.append([head.bias])
            for shape in head.shapes { body.append(shape.values) }
            for pair in head.pairs { body.append(pair.values) }
        case .perceptron(let head):
            header.dimension = head.dimension
            for part in head.weights.parts { body.append(part) }
        }
        body.append(model.statistics)
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            let json = try encoder.encode(header)
            var file = HeadWriter()
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

    /// The model at `path`; nil where there is no file.
    /// - Parameter bundleVersion: of the encoder it will be used with; a head of another is refused.
    public static func read(_ path: String, bundleVersion: String) throws(Fault) -> RankingModel? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size]) as? Int
        guard let size, size <= maxBytes, let data = FileManager.default.contents(atPath: path)
        else { throw unreadable(path, "it cannot be read") }
        let bytes = [UInt8](data)
        guard bytes.starts(with: magic) else { throw unreadable(path, "it is no ranking head") }
        guard bytes.count > magic.count + 8 + checksumBytes else {
            throw unreadable(path, "it is truncated")
        }
        let end = bytes.count - checksumBytes
        guard Array(SHA256.hexDigest(Array(bytes[..<end])).utf8) == Array(bytes[end...]) else {
            throw unreadable(path, "its checksum does not fit: it is damaged or truncated")
        }
        var reader = HeadReader(bytes: bytes, position: magic.count, end: end)
        guard let headerBytes = reader.uint64(), headerBytes <= UInt64(reader.remaining),
            let json = reader.take(Int(headerBytes)),
            let header = try? JSONDecoder().decode(Header.self, from: Data(json))
        else { throw unreadable(path, "its header cannot be read") }
        guard header.formatVersion == formatVersion else {
            throw unreadable(
                path, "its format is \(header.formatVersion); this program reads \(formatVersion)")
        }
        guard header.schema == schema else {
            throw unreadable(path, "it was trained for another feature schema: train it again")
        }
        guard header.origin.bundleVersion == bundleVersion else {
            throw unreadable(
                path,
                "it was trained on vectors of bundle \(header.origin.bundleVersion.prefix(12)), "
                    + "not \(bundleVersion.prefix(12)): train it again")
        }
        guard let head = head(header, &reader), let statistics = reader.statistics(header),
            reader.remaining == 0
        else { throw unreadable(path, "its header contradicts its content") }
        return RankingModel(head: head, statistics: statistics, origin: header.origin)
    }

    /// Whatever changes what a feature's number means changes this.
    private static let schema = FeatureSchema.features.map { "\($0.name): \($0.unit)" }

    /// Nil where sizes or numbers cannot be.
    private static func head(_ header: Header, _ reader: inout HeadReader) -> RankingHead? {
        switch header.kind {
        case "additive":
            let pairs = header.pairs.filter { $0.count == 2 }
            guard pairs.count == header.pairs.count,
                Set(header.axes.map(\.feature)).count == header.axes.count,
                (header.axes + pairs.flatMap { $0 }).allSatisfy(isSound),
                let bias = reader.floats(1)
            else { return nil }
            var shapes: [ShapeHead.Shape] = []
            for axis in header.axes {
                guard let values = reader.floats(ShapeHead.knotCount) else { return nil }
                shapes.append(ShapeHead.Shape(axis: axis, values: values))
            }
            var surfaces: [ShapeHead.Pair] = []
            for pair in pairs {
                let count = ShapeHead.pairKnotCount * ShapeHead.pairKnotCount
                guard let values = reader.floats(count) else { return nil }
                surfaces.append(
                    ShapeHead.Pair(first: pair[0], second: pair[1], values: values))
            }
            return .shapes(ShapeHead(bias: bias[0], shapes: shapes, pairs: surfaces))
        case "perceptron":
            guard (0...16_384).contains(header.dimension) else { return nil }
            var parts: [[Float]] = []
            for count in PerceptronHead.Weights.counts(dimension: header.dimension) {
                guard let part = reader.floats(count) else { return nil }
                parts.append(part)
            }
            return .perceptron(
                PerceptronHead(
                    dimension: header.dimension, weights: PerceptronHead.Weights(parts: parts)))
        default: return nil
        }
    }

    private static func isSound(_ axis: ShapeHead.Axis) -> Bool {
        (0..<FeatureVector.count).contains(axis.feature) && axis.low.isFinite && axis.high.isFinite
            && axis.high > axis.low
    }

    private static func unreadable(_ path: String, _ what: String) -> Fault {
        Fault(
            .failedPrecondition, reason: "HEAD_UNREADABLE", "the ranking head \(path): \(what)")
    }
}
