// The state of learning as a file: magic, length and JSON header, then what every slot in use remembers
// of either outcome, little-endian, and the SHA-256 of all before. It lies beside the bundle whose vectors its
// features compare (`ads.head`), and, as a server goes on learning, beside the store.

public import Base
private import Foundation
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

    private static let magic = Array("RWADSMDL".utf8)
    private static let formatVersion = 1
    private static let checksumBytes = 64
    private static let maxBytes = 64 * 1024 * 1024
    private static let bytesPerSlot = 4 + 4 * 4

    private struct Header: Codable {
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
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        guard let json = try? encoder.encode(header) else {
            throw Fault(
                .internal, reason: "AD_MODEL_UNWRITABLE", "the ad model holds no finite numbers")
        }
        var bytes = magic
        append(UInt64(json.count), to: &bytes)
        bytes += json
        bytes.reserveCapacity(bytes.count + used.count * bytesPerSlot + checksumBytes)
        for slot in used {
            append(UInt32(slot), to: &bytes)
            for outcome in learner.outcomes {
                append(outcome.coordinates[slot].z.bitPattern, to: &bytes)
                append(outcome.coordinates[slot].n.bitPattern, to: &bytes)
            }
        }
        bytes += Array(SHA256.hexDigest(bytes).utf8)
        return bytes
    }

    /// Whole or not at all: written beside `path` and renamed.
    /// - Returns: the version.
    @discardableResult
    public static func write(_ state: AdModelState, to path: String) throws(Fault) -> String {
        let bytes = try bytes(of: state)
        do {
            try Data(bytes).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw Fault(
                .failedPrecondition, reason: "AD_MODEL_UNWRITABLE",
                "\(path) cannot be written: \(error.localizedDescription)")
        }
        return version(of: bytes)
    }

    /// The state at `path`; nil where there is no file.
    /// - Parameter bundleVersion: of the encoder it will be used with; a model of another is refused.
    public static func read(
        _ path: String, bundleVersion: String
    ) throws(Fault) -> AdModelState? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size]) as? Int
        guard let size, size <= maxBytes, let data = FileManager.default.contents(atPath: path)
        else { throw unreadable(path, "it cannot be read") }
        return try decode([UInt8](data), bundleVersion: bundleVersion, path: path)
    }

    static func decode(
        _ bytes: [UInt8], bundleVersion: String, path: String
    ) throws(Fault) -> AdModelState {
        guard bytes.starts(with: magic) else { throw unreadable(path, "it is no ad model") }
        guard bytes.count > magic.count + 8 + checksumBytes else {
            throw unreadable(path, "it is truncated")
        }
        let end = bytes.count - checksumBytes
        guard Array(SHA256.hexDigest(Array(bytes[..<end])).utf8) == Array(bytes[end...]) else {
            throw unreadable(path, "its checksum does not fit: it is damaged or truncated")
        }
        let headerEnd = magic.count + 8 + Int(clamping: number(bytes, magic.count, UInt64.self))
        guard headerEnd <= end,
            let header = try? JSONDecoder().decode(
                Header.self, from: Data(bytes[(magic.count + 8)..<headerEnd]))
        else { throw unreadable(path, "its header cannot be read") }
        guard header.formatVersion == formatVersion, header.slotBits == AdSlots.bits,
            header.features == AdFeature.names
        else {
            throw unreadable(
                path, "another version of this program made it: train it again")
        }
        guard header.bundleVersion == bundleVersion else {
            throw unreadable(
                path,
                "it was trained on vectors of bundle \(header.bundleVersion.prefix(12)), not "
                    + "\(bundleVersion.prefix(12)): train it again")
        }
        guard (0...AdSlots.count).contains(header.slotCount),
            end - headerEnd == header.slotCount * bytesPerSlot
        else { throw unreadable(path, "its header contradicts its size") }
        var outcomes = [
            outcome(header.click, .click), outcome(header.conversion, .conversion),
        ]
        for index in 0..<header.slotCount {
            let start = headerEnd + index * bytesPerSlot
            let slot = Int(number(bytes, start, UInt32.self))
            guard slot < AdSlots.count else { throw unreadable(path, "a slot is out of range") }
            for lane in 0..<2 {
                outcomes[lane].coordinates[slot] = .init(
                    z: Float(bitPattern: number(bytes, start + 4 + 8 * lane, UInt32.self)),
                    n: Float(bitPattern: number(bytes, start + 8 + 8 * lane, UInt32.self)))
            }
        }
        let learner = AdLearner(outcomes: outcomes, learntThrough: header.learntThrough)
        guard learner.isFinite else { throw unreadable(path, "a weight is no number") }
        var state = AdModelState(
            learner, bundleVersion: header.bundleVersion, origin: header.origin)
        state.version = version(of: bytes)
        return state
    }

    /// The checksum, which says all.
    private static func version(of bytes: [UInt8]) -> String {
        String(decoding: bytes.suffix(checksumBytes).prefix(16), as: UTF8.self)
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

    private static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
        for shift in 0..<(type(of: value).bitWidth / 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> (8 * shift)))
        }
    }

    /// - Precondition: whoever reads has checked that so much is there.
    private static func number<Value: FixedWidthInteger>(
        _ bytes: [UInt8], _ position: Int, _: Value.Type
    ) -> Value {
        var value: Value = 0
        for shift in 0..<(Value.bitWidth / 8) {
            value |= Value(truncatingIfNeeded: bytes[position + shift]) << (8 * shift)
        }
        return value
    }

    private static func unreadable(_ path: String, _ what: String) -> Fault {
        Fault(
            .failedPrecondition, reason: "AD_MODEL_UNREADABLE", "the ad model \(path): \(what)")
    }
}
