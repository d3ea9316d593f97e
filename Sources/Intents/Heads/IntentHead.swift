private import Foundation
public import Inference
private import Ranking

/// Trained networks on the vectors of one encoder, and when not to believe them. Immutable.
///
/// The logits are the mean of the members'. Divided by the temperature (Guo et al., "On Calibration of
/// Modern Neural Networks", 2017), their softmax says how often the head is right.
public struct IntentHead: Sendable {
    public let intents: [String]
    public let members: [Perceptron]
    public let temperature: Float
    public let detector: OutOfScopeDetector
    /// Of the encoder whose vectors it was trained on.
    public let bundleVersion: String
    /// `hash(of:)` of the sentences it was trained on. What the catalogue has beyond them, it gets
    /// from prototypes.
    public let trainedTexts: Set<UInt64>

    /// - Precondition: every member has a logit for each intent.
    public init(
        intents: [String], members: [Perceptron], temperature: Float,
        detector: OutOfScopeDetector, bundleVersion: String, trainedTexts: Set<UInt64>
    ) {
        precondition(
            !members.isEmpty && members.allSatisfy { $0.outputCount == intents.count },
            "a member has a logit for each intent")
        self.intents = intents
        self.members = members
        self.temperature = temperature
        self.detector = detector
        self.bundleVersion = bundleVersion
        self.trainedTexts = trainedTexts
    }

    public var dimension: Int { members[0].inputWidth }

    /// A unit vector as the networks are fitted to it: components of about 1, at which their weights
    /// start.
    public static func input(_ vector: Int8Vector) -> [Float] {
        let scale = vector.scale * Float(vector.dimension).squareRoot()
        return vector.values.map { Float($0) * scale }
    }

    /// Of the sentence itself, whatever its case and the blanks around it.
    public static func hash(of text: String) -> UInt64 {
        // FNV-1a.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.trimmingCharacters(in: .whitespacesAndNewlines).lowercased().utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        return hash
    }

    /// One an intent, before the temperature.
    public func logits(_ vector: Int8Vector) -> [Float] {
        var sums = [Float](repeating: 0, count: intents.count)
        for member in members {
            let logits = member.logits(vector)
            for intent in sums.indices { sums[intent] += logits[intent] }
        }
        for intent in sums.indices { sums[intent] /= Float(members.count) }
        return sums
    }

    /// - Parameter logits: any number of them, divided by the temperature already.
    public static func softmax(_ logits: [Float]) -> [Float] {
        let largest = logits.max() ?? 0
        let powers = logits.map { Exponential.exp(Double($0 - largest)) }
        let sum = powers.reduce(0, +)
        return powers.map { Float($0 / sum) }
    }
}
