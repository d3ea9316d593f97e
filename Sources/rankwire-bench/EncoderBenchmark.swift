import ArgumentParser
import Base
import Inference

/// `rankwire-bench encoder`: sequences of token ids, in order, through the encoder.
struct EncoderBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encoder", abstract: "Encodes a file of token ids over and over.")

    @Option(help: "Directory of the model's bundle.")
    var bundle: String

    @Option(help: "File with one sequence of token ids a line, separated by blanks or commas.")
    var ids: String

    @Option(help: "Sequences a batch, in the file's order.")
    var batch = 32

    @Option(help: "Threads; each takes the next batch.")
    var threads = 1

    @Option(help: "Goes on at least so long; at least one pass is measured.")
    var seconds = 3.0

    @Option(help: "Writes the embeddings as a NumPy array, a row a sequence.")
    var embeddings: String?

    @Flag(help: "Prints JSON.")
    var json = false

    func validate() throws {
        guard (1...65_536).contains(batch) else {
            throw ValidationError("--batch must be 1 to 65536")
        }
        guard (1...256).contains(threads) else {
            throw ValidationError("--threads must be 1 to 256")
        }
        guard seconds >= 0 && seconds <= 86_400 else {
            throw ValidationError("--seconds must be 0 to 86400")
        }
    }

    func run() throws {
        let encoder = try Encoder(bundle: try ModelBundle.open(bundle))
        let sequences = try TokenIdFile.read(ids)
        let workload = EncoderWorkload(sequences, batchSize: batch, dimension: encoder.dimension)
        let result = try workload.run(encoder, threads: threads, seconds: seconds)
        if let embeddings {
            try NumPyFile.write(
                result.embeddings, columns: encoder.dimension, to: embeddings)
        }
        let report = EncoderReport(
            instructionSet: encoder.instructionSet.rawValue, bundleVersion: encoder.bundle.version,
            sequenceCount: sequences.count, tokenCount: workload.tokenCount, batch: batch,
            threads: threads, passes: result.passes, secondsPerPass: result.secondsPerPass,
            multiplyAdds: sequences.reduce(0) {
                $0 + encoder.bundle.architecture.multiplyAdds(tokens: $1.count)
            },
            bareMultiplyAddsPerSecond: bareProducts(encoder, workload), embeddingsHash: result.hash)
        print(json ? try report.json() : report.text)
    }

    /// Multiply-adds a second of the matrix products alone, on as many rows as the mean batch has
    /// tokens.
    private func bareProducts(_ encoder: Encoder, _ workload: EncoderWorkload) -> Double? {
        guard let probe = KernelProbe(encoder.instructionSet), threads == 1 else { return nil }
        return probe.bareProducts(
            rows: max(workload.tokenCount / workload.batchCount, 1),
            of: encoder.bundle.architecture, seconds: min(seconds, 0.1))
    }
}
