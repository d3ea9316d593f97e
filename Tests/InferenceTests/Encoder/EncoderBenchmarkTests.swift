import ArgumentParser
import Foundation
import Testing

@testable import Inference
@testable import rankwire_bench

/// The benchmark at a size that costs nothing, so that it does not rot.
@Suite struct EncoderBenchmarkTests {
    @Test func batchesAndThreadsDoNotChangeTheHash() throws {
        let model = TinyModel()
        let encoder = try Encoder(bundle: try model.imported().bundle)
        let hashes = try [(1, 1), (7, 1), (3, 2)].map { batch, threads in
            let workload = EncoderWorkload(
                model.samples, batchSize: batch, dimension: encoder.dimension)
            #expect(workload.tokenCount == 820)
            let result = try workload.run(encoder, threads: threads, seconds: 0)
            #expect(result.passes >= 1)
            return result.hash
        }
        #expect(Set(hashes).count == 1)
    }

    @Test func theCommandReadsIdsAndWritesEmbeddings() throws {
        let model = TinyModel()
        let (source, bundle) = try model.imported()
        let ids = source + "/ids.txt"
        let lines = model.samples.map { $0.map(String.init).joined(separator: " ") }
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: ids))
        let command = try EncoderBenchmark.parse([
            "--bundle", bundle.path, "--ids", ids, "--batch", "8", "--seconds", "0",
            "--embeddings", source + "/out.npy", "--json",
        ])
        try command.run()
        let array = try Data(contentsOf: URL(filePath: source + "/out.npy"))
        #expect(array.count == 128 + model.samples.count * model.hidden * 4)
        #expect(array.prefix(6) == Data([0x93] + Array("NUMPY".utf8)))
    }

    @Test func aLineThatIsNoIdIsNamed() throws {
        let path = try temporaryDirectory() + "/ids.txt"
        try Data("1 2\n3 x\n".utf8).write(to: URL(filePath: path))
        let error = #expect(throws: (any Error).self) { try TokenIdFile.read(path) }
        #expect("\(error!)".contains(":2: \"x\""))
    }
}
