// The fp32 model a bundle was made from, for measurements of what int8 costs. Never serves a request.

public import Base
private import Dispatch
private import Foundation
private import Synchronization

public final class ReferenceModel: Sendable {
    private let tokenizer: WordPieceTokenizer
    private let encoder: ReferenceEncoder

    /// - Parameter directory: as `rankwire model import` takes it.
    public init(directory: String, maxTokens: Int = Limits().maxTokensPerText) throws {
        do {
            let configuration = try HuggingFaceConfiguration(directory: directory)
            let weights = try HuggingFaceWeights(path: directory + "/model.safetensors")
            encoder = ReferenceEncoder(try FloatModel(weights, configuration.architecture))
            tokenizer = try WordPieceTokenizer(
                vocabularyPath: directory + "/" + ModelBundle.vocabularyName,
                tokenization: configuration.tokenization,
                maxTokens: min(maxTokens, configuration.architecture.maxTokens))
        } catch let error as BundleError {
            throw error.fault
        }
    }

    /// A unit vector a text, in their order, made by all cores. Some milliseconds a text.
    public func encode(_ texts: [String], progress: (Int) -> Void = { _ in }) -> [[Float]] {
        let results = Mutex([[Float]](repeating: [], count: texts.count))
        let waveCount = 64
        for start in stride(from: 0, to: texts.count, by: waveCount) {
            let wave = start..<min(start + waveCount, texts.count)
            DispatchQueue.concurrentPerform(iterations: wave.count) { offset in
                let index = wave.lowerBound + offset
                let vector = encoder.encode(tokenizer.encode(texts[index]).ids)
                results.withLock { $0[index] = vector }
            }
            progress(wave.upperBound)
        }
        return results.withLock { $0 }
    }
}
