import Foundation

/// What `rankwire-bench encoder` prints.
struct EncoderReport: Encodable {
    var instructionSet: String
    var bundleVersion: String
    var sequenceCount: Int
    var tokenCount: Int
    var batch: Int
    var threads: Int
    var passes: Int
    /// The median pass.
    var secondsPerPass: Double
    var sequencesPerSecond: Double
    var tokensPerSecond: Double
    /// Of the matrix products, attention's included.
    var multiplyAddsPerSecond: Double
    /// The matrix products alone, on as many rows as the mean batch has tokens; one thread only.
    var bareMultiplyAddsPerSecond: Double?
    /// FNV-1a of the embeddings' bits, in the file's order.
    var embeddingsHash: String

    init(
        instructionSet: String, bundleVersion: String, sequenceCount: Int, tokenCount: Int,
        batch: Int, threads: Int, passes: Int, secondsPerPass: Double, multiplyAdds: Double,
        bareMultiplyAddsPerSecond: Double?, embeddingsHash: String
    ) {
        self.instructionSet = instructionSet
        self.bundleVersion = bundleVersion
        self.sequenceCount = sequenceCount
        self.tokenCount = tokenCount
        self.batch = batch
        self.threads = threads
        self.passes = passes
        self.secondsPerPass = secondsPerPass
        sequencesPerSecond = Double(sequenceCount) / secondsPerPass
        tokensPerSecond = Double(tokenCount) / secondsPerPass
        multiplyAddsPerSecond = multiplyAdds / secondsPerPass
        self.bareMultiplyAddsPerSecond = bareMultiplyAddsPerSecond
        self.embeddingsHash = embeddingsHash
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    private var shareOfBareProducts: String {
        guard let bare = bareMultiplyAddsPerSecond else { return "" }
        return String(format: " (%.0f%% of the bare products)", multiplyAddsPerSecond / bare * 100)
    }

    var text: String {
        """
        \(sequenceCount) sequences, \(tokenCount) tokens, batch \(batch), \(threads) thread(s), \
        \(instructionSet), \(passes) passes
        secondsPerPass      \(secondsPerPass)
        sequencesPerSecond  \(sequencesPerSecond.rounded())
        tokensPerSecond     \(tokensPerSecond.rounded())
        multiplyAddsPerSec  \(multiplyAddsPerSecond.rounded())\(shareOfBareProducts)
        embeddings          \(embeddingsHash)
        """
    }
}
