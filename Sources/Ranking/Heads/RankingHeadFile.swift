// A trained ranking head as a file (`HeadFile`): the head's numbers, then the statistics of items that it was
// trained with. A head is believed only when the feature schema is this program's.

public import Base
internal import Inference

public enum RankingHeadFile {
    /// In the bundle's directory.
    public static let name = "ranking.head"

    private static let formatVersion = 1
    private static let file = HeadFile(
        name: "ranking head", magic: "RWRANKER", formatVersion: formatVersion,
        maxBytes: 512 * 1024 * 1024)

    struct Header: HeadFileHeader {
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

        var bundleVersion: String { origin.bundleVersion }
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
        try file.write(file.bytes(header, body), to: path)
    }

    /// The model at `path`; nil where there is no file.
    /// - Parameter bundleVersion: of the encoder it will be used with; a head of another is refused.
    public static func read(_ path: String, bundleVersion: String) throws(Fault) -> RankingModel? {
        guard let bytes = try file.read(path) else { return nil }
        var (header, body) = try file.open(bytes, path, as: Header.self)
        guard header.schema == schema else {
            throw file.unreadable(
                path, "it was trained for another feature schema: train it again")
        }
        try file.check(header, isOf: bundleVersion, path)
        guard let head = try? head(header, &body), let statistics = try? body.statistics(header),
            body.remaining == 0
        else { throw file.unreadable(path, "its header contradicts its content") }
        return RankingModel(head: head, statistics: statistics, origin: header.origin)
    }

    /// Whatever changes what a feature's number means changes this.
    private static let schema = FeatureSchema.features.map { "\($0.name): \($0.unit)" }

    /// Nil where sizes cannot be.
    private static func head(
        _ header: Header, _ reader: inout HeadReader
    ) throws(HeadDamage) -> RankingHead? {
        switch header.kind {
        case "additive":
            let pairs = header.pairs.filter { $0.count == 2 }
            guard pairs.count == header.pairs.count,
                Set(header.axes.map(\.feature)).count == header.axes.count,
                (header.axes + pairs.flatMap { $0 }).allSatisfy(isSound)
            else { return nil }
            let bias = try reader.floats(1)
            var shapes: [ShapeHead.Shape] = []
            for axis in header.axes {
                shapes.append(
                    ShapeHead.Shape(axis: axis, values: try reader.floats(ShapeHead.knotCount)))
            }
            var surfaces: [ShapeHead.Pair] = []
            for pair in pairs {
                let count = ShapeHead.pairKnotCount * ShapeHead.pairKnotCount
                surfaces.append(
                    ShapeHead.Pair(
                        first: pair[0], second: pair[1], values: try reader.floats(count)))
            }
            return .shapes(ShapeHead(bias: bias[0], shapes: shapes, pairs: surfaces))
        case "perceptron":
            guard (0...16_384).contains(header.dimension) else { return nil }
            var parts: [[Float]] = []
            for count in PerceptronHead.Weights.counts(dimension: header.dimension) {
                parts.append(try reader.floats(count))
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
}
