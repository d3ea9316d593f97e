// Text in, unit vectors out: a bundle with the tokenizer it asks for and its encoder. What a server's
// scheduler takes apart, offline tools use whole.

public import Base
private import Dispatch
private import Foundation
private import Synchronization

extension Encoder: BatchBackend {
    public var maxTokensPerText: Int { maxTokens }
    public var version: String { bundle.version }
}

/// Immutable: any number of threads may use it.
public final class TextModel: Sendable {
    public let bundle: ModelBundle
    public let tokenizer: WordPieceTokenizer
    public let encoder: Encoder

    /// - Parameter maxTokens: `Limits.maxTokensPerText`; texts are cut there or where the model ends.
    /// - Throws: a `Fault` that says what is wrong with the bundle, and where.
    public init(bundlePath: String, maxTokens: Int = Limits().maxTokensPerText) throws {
        do {
            bundle = try ModelBundle.open(bundlePath)
        } catch { throw error.fault }
        tokenizer = try WordPieceTokenizer(
            vocabularyPath: bundle.vocabularyPath, tokenization: bundle.manifest.tokenization,
            maxTokens: min(maxTokens, bundle.architecture.maxTokens))
        encoder = try Encoder(bundle: bundle)
    }

    /// One unit vector per text, in their order, made by all cores.
    /// - Parameter progress: called between waves, on the caller's thread, with the texts done.
    public func encode(_ texts: [String], progress: (Int) -> Void = { _ in }) throws -> [[Float]] {
        var vectors = [[Float]](repeating: [], count: texts.count)
        // Neighbours in length share a batch, so that workers finish a wave together.
        let order = texts.indices.sorted {
            (texts[$0].utf8.count, $0) < (texts[$1].utf8.count, $1)
        }
        let workers = Self.workerCount
        let workspaces = (0..<workers).map { _ in
            Workspace(encoder.makeWorkspace(maxBatchTokens: encoder.maxTokens))
        }
        var start = 0
        while start < order.count {
            let wave = order[start..<min(start + workers * Self.textsPerBatch, order.count)]
            let perWorker = (wave.count + workers - 1) / workers
            let results = Mutex<[(index: Int, vector: [Float])]>([])
            let failure = Mutex<Fault?>(nil)
            DispatchQueue.concurrentPerform(iterations: workers) { worker in
                let share = wave.dropFirst(worker * perWorker).prefix(perWorker)
                do throws(Fault) {
                    let encoded = try encode(share.map { texts[$0] }, workspaces[worker])
                    results.withLock { $0 += zip(share, encoded).map { ($0, $1) } }
                } catch { failure.withLock { $0 = error } }
            }
            if let fault = failure.withLock({ $0 }) { throw fault }
            for (index, vector) in results.withLock({ $0 }) { vectors[index] = vector }
            start += wave.count
            progress(start)
        }
        return vectors
    }

    private static let textsPerBatch = 128
    private static var workerCount: Int {
        max(1, ProcessInfo.processInfo.activeProcessorCount)
    }

    /// One worker's at a time: `concurrentPerform` hands each iteration its own.
    private struct Workspace: @unchecked Sendable {
        let memory: EncoderWorkspace
        init(_ memory: EncoderWorkspace) { self.memory = memory }
    }

    private func encode(_ texts: [String], _ workspace: Workspace) throws(Fault) -> [[Float]] {
        var tokenized = TokenizedTexts()
        for text in texts { tokenized.append(text, with: tokenizer) }
        let batch = RaggedBatch(tokenIds: tokenized.tokenIds, offsets: tokenized.offsets)
        let dimension = encoder.dimension
        var rows = [Float](repeating: 0, count: texts.count * dimension)
        var fault: Fault?
        rows.withUnsafeMutableBufferPointer { rows in
            do throws(Fault) {
                try encoder.encode(batch, into: rows, workspace: workspace.memory)
            } catch { fault = error }
        }
        if let fault { throw fault }
        return texts.indices.map { Array(rows[$0 * dimension..<($0 + 1) * dimension]) }
    }
}

extension WordPieceTokenizer {
    /// The tokenizer that a bundle or its source asks for.
    public convenience init(
        vocabularyPath: String, tokenization: Manifest.Tokenization, maxTokens: Int
    ) throws {
        try self.init(
            vocabulary: Vocabulary(file: vocabularyPath),
            options: TokenizerOptions(
                lowercase: tokenization.lowercase, stripAccents: tokenization.stripAccents,
                splitChineseCharacters: tokenization.splitChineseCharacters,
                maxTokens: maxTokens))
    }
}
