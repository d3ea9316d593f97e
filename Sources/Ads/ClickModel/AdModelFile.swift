// The state of learning as a file (`HeadFile`): what every slot in use remembers of either outcome. It lies
// beside the bundle whose vectors its features compare (`ads.head`), and, as a server goes on learning, beside
// the store.

public import Base
private import Inference

/// An `AdLearner` with what it was made for.
public struct AdModelState: Sendable {
    public var learner: AdLearner
    /// Of the encoder whose vectors it compares.
    public var bundleVersion: String
    /// Of the `ads.head` that a server's learning went on from; its own for that file.
    public var origin: String
    /// Of the bytes it was read from; empty before it is written.
    public internal(set) var version = ""

    public init(_ learner: AdLearner, bundleVersion: String, origin: String = "") {
        self.learner = learner
        self.bundleVersion = bundleVersion
        self.origin = origin
    }

    public var model: AdModel { learner.model(version: version) }
}

public enum AdModelFile {
    /// In the bundle's directory.
    public static let name = "ads.head"

    /// Of what a server has learnt since.
    public static func path(besideStore path: String) -> String { path + ".ads" }

    private static let formatVersion = 1
    private static let bytesPerSlot = 4 + 4 * 4
    private static let file = HeadFile(
        name: "ad model", magic: "RWADSMDL", formatVersion: formatVersion,
        maxBytes: 64 * 1024 * 1024, faultReason: "AD_MODEL")

    private struct Header: HeadFileHeader {
        struct Outcome: Codable {
            var options: LearningOptions
            var priorIsHandSet: Bool
            var biasZ: Float
            var biasN: Float
            var exampleCount: Int
            var positiveCount: Int
        }

        var formatVersion: Int
        var bundleVersion: String
        var origin: String
        /// The schema: a model is of the features it was trained on.
        var features: [String]
        var slotBits: Int
        var learntThrough: Int64
        var click: Outcome
        var conversion: Outcome
        var slotCount: Int
    }

    public static func bytes(of state: AdModelState) throws(Fault) -> [UInt8] {
        let learner = state.learner
        let used = (0..<AdSlots.count).filter { slot in
            learner.outcomes.contains { $0.coordinates[slot] != .init() }
        }
        let header = Header(
            formatVersion: formatVersion, bundleVersion: state.bundleVersion,
            origin: state.origin, features: AdFeature.names, slotBits: AdSlots.bits,
            learntThrough: learner.learntThrough, click: outcome(learner.outcomes[0]),
            conversion: outcome(learner.outcomes[1]), slotCount: used.count)
        var body = HeadWriter()
        body.bytes.reserveCapacity(used.count * bytesPerSlot)
        for slot in used {
            body.append(UInt32(slot))
            for outcome in learner.outcomes {
                body.append([outcome.coordinates[slot].z, outcome.coordinates[slot].n])
            }
        }
        return try file.bytes(header, body)
    }

    /// Whole or not at all: written beside `path` and renamed.
    /// - Returns: the version.
    @discardableResult
    public static func write(_ state: AdModelState, to path: String) throws(Fault) -> String {
        let bytes = try bytes(of: state)
        try file.write(bytes, to: path)
        return file.version(of: bytes)
    }

    /// The state at `path`; nil where there is no file.
    /// - Parameter bundleVersion: of the encoder it will be used with; a model of another is refused.
    public static func read(
        _ path: String, bundleVersion: String
    ) throws(Fault) -> AdModelState? {
        guard let bytes = try file.read(path) else { return nil }
        return try decode(bytes, bundleVersion: bundleVersion, path: path)
    }

    static func decode(
        _ bytes: [UInt8], bundleVersion: String, path: String
    ) throws(Fault) -> AdModelState {
        var (header, body) = try file.open(bytes, path, as: Header.self)
        guard header.slotBits == AdSlots.bits, header.features == AdFeature.names else {
            throw file.unreadable(
                path, "another version of this program made it: train it again")
        }
        try file.check(header, isOf: bundleVersion, path)
        guard (0...AdSlots.count).contains(header.slotCount),
            body.remaining == header.slotCount * bytesPerSlot
        else { throw file.unreadable(path, "its header contradicts its size") }
        var outcomes = [
            outcome(header.click, .click), outcome(header.conversion, .conversion),
        ]
        do throws(HeadDamage) {
            for _ in 0..<header.slotCount { try readSlot(&body, into: &outcomes) }
        } catch { throw file.unreadable(path, "a slot or a weight is out of range") }
        let learner = AdLearner(outcomes: outcomes, learntThrough: header.learntThrough)
        guard learner.isFinite else { throw file.unreadable(path, "a weight is no number") }
        var state = AdModelState(
            learner, bundleVersion: header.bundleVersion, origin: header.origin)
        state.version = file.version(of: bytes)
        return state
    }

    private static func readSlot(
        _ body: inout HeadReader, into outcomes: inout [FollowTheRegularizedLeader]
    ) throws(HeadDamage) {
        let slot = Int(try body.integers(1)[0])
        guard slot < AdSlots.count else { throw .notANumber }
        for lane in outcomes.indices {
            let numbers = try body.floats(2)
            outcomes[lane].coordinates[slot] = .init(z: numbers[0], n: numbers[1])
        }
    }

    private static func outcome(_ state: FollowTheRegularizedLeader) -> Header.Outcome {
        Header.Outcome(
            options: state.options, priorIsHandSet: state.prior != .none, biasZ: state.bias.z,
            biasN: state.bias.n, exampleCount: state.exampleCount,
            positiveCount: state.positiveCount)
    }

    private static func outcome(
        _ header: Header.Outcome, _ outcome: AdOutcome
    ) -> FollowTheRegularizedLeader {
        var state = FollowTheRegularizedLeader(
            options: header.options, prior: header.priorIsHandSet ? .handSet(outcome) : .none)
        state.bias = .init(z: header.biasZ, n: header.biasN)
        state.exampleCount = header.exampleCount
        state.positiveCount = header.positiveCount
        return state
    }
}
