// A trained head as a file (`HeadFile`): the networks' rows of int8 with a scale each, fp32 biases, and what else
// the header counts.

public import Base
internal import Inference

public enum IntentHeadFile {
    /// In the bundle's directory.
    public static let name = "intents.head"

    private static let formatVersion = 2
    private static let maxBytes = 512 * 1024 * 1024
    private static let file = HeadFile(
        name: "intent head", magic: "RWINTENT", formatVersion: formatVersion, maxBytes: maxBytes)
    /// Of every number: products of such are finite.
    private static let largestNumber: Float = 1e15
    private static let maxIntents = 10_000
    private static let maxWidth = 16_384

    private struct Header: HeadFileHeader {
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
        var body = HeadWriter()
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
        try file.write(file.bytes(header, body), to: path)
    }

    /// The head at `path`; nil where there is no file.
    /// - Parameters:
    ///   - bundleVersion: of the encoder it will be used with; a head of another is refused.
    public static func read(_ path: String, bundleVersion: String) throws(Fault) -> IntentHead? {
        guard let bytes = try file.read(path) else { return nil }
        var (header, body) = try file.open(bytes, path, as: Header.self)
        try file.check(header, isOf: bundleVersion, path)
        guard isSound(header), Self.body(header) == body.remaining else {
            throw file.unreadable(path, "its header contradicts its size")
        }
        do throws(HeadDamage) { return try head(header, &body) } catch {
            throw file.unreadable(path, "its weights are no numbers")
        }
    }

    private static func isSound(_ header: Header) -> Bool {
        (1...maxIntents).contains(header.intents.count)
            && (1...maxWidth).contains(header.inputWidth)
            && (1...64).contains(header.unitCounts.count)
            && header.unitCounts.allSatisfy { (0...maxWidth).contains($0) }
            && header.temperature.isFinite && header.temperature > 0
            && header.scoreRowCount >= 0 && header.trainedTextCount >= 0
    }

    /// - Precondition: the header is sound.
    private static func head(
        _ header: Header, _ reader: inout HeadReader
    ) throws(HeadDamage) -> IntentHead {
        let width = header.inputWidth
        var members: [Perceptron] = []
        for units in header.unitCounts {
            members.append(
                Perceptron(
                    inputWidth: width,
                    hidden: try reader.table(
                        rowCount: units, width: width, below: largestNumber),
                    hiddenBiases: try reader.floats(units, below: largestNumber),
                    output: try reader.table(
                        rowCount: header.intents.count, width: units == 0 ? width : units,
                        below: largestNumber),
                    outputBiases: try reader.floats(header.intents.count, below: largestNumber)))
        }
        let score = try score(header, &reader)
        var trainedTexts: Set<UInt64> = []
        for _ in 0..<header.trainedTextCount { trainedTexts.insert(try reader.uint64()) }
        return IntentHead(
            intents: header.intents, members: members, temperature: header.temperature,
            detector: OutOfScopeDetector(
                score: score, threshold: header.threshold, slope: header.slope),
            bundleVersion: header.bundleVersion, trainedTexts: trainedTexts)
    }

    private static func score(
        _ header: Header, _ reader: inout HeadReader
    ) throws(HeadDamage) -> OutOfScopeDetector.Score {
        let (rowCount, width) = (header.scoreRowCount, header.inputWidth)
        switch header.score {
        case "maximum_logit": return .maximumLogit
        case "energy": return .energy
        case "nearest_neighbour":
            return .nearestNeighbour(
                try reader.table(rowCount: rowCount, width: width, below: largestNumber))
        case "centroids":
            return .centroids(
                try reader.table(rowCount: rowCount, width: width, below: largestNumber))
        case "combined":
            return .combined(
                try reader.table(rowCount: rowCount, width: width, below: largestNumber),
                weight: header.scoreWeight ?? 0)
        default:
            let rows = try reader.floats(width * width, below: largestNumber)
            var means: [[Float]] = []
            for _ in 0..<rowCount { means.append(try reader.floats(width, below: largestNumber)) }
            return .mahalanobis(
                OutOfScopeDetector.Whitening(width: width, rows: rows, means: means))
        }
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
}
