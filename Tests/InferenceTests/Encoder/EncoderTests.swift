import Base
import Dispatch
import Synchronization
import Testing

@testable import Inference

@Suite struct EncoderTests {
    private func encode(
        _ encoder: Encoder, _ sequences: [[Int32]], _ workspace: EncoderWorkspace
    ) throws -> [[UInt32]] {
        var batch = RaggedBatch()
        for ids in sequences {
            batch.tokenIds += ids
            batch.offsets.append(Int32(batch.tokenIds.count))
        }
        var output = [Float](repeating: .nan, count: sequences.count * encoder.dimension)
        try output.withUnsafeMutableBufferPointer { output in
            try encoder.encode(batch, into: output, workspace: workspace)
        }
        return sequences.indices.map { row in
            bits(Array(output[row * encoder.dimension..<(row + 1) * encoder.dimension]))
        }
    }

    @Test func aTextHasTheSameBitsAloneInABatchReorderedAndOnEveryInstructionSet() throws {
        let model = TinyModel()
        let bundle = try model.imported().bundle
        let portable = try Encoder(bundle: bundle, instructionSet: .portable)
        let alone = try model.samples.map { ids in
            try encode(portable, [ids], portable.makeWorkspace(maxBatchTokens: ids.count))[0]
        }
        var random = SeededRandom(seed: 11)
        for set in InstructionSet.allCases where set.isSupported {
            let encoder = try Encoder(bundle: bundle, instructionSet: set)
            let workspace = encoder.makeWorkspace(maxBatchTokens: 4096)
            for _ in 0..<8 {
                let count = Int.random(in: 1...40, using: &random)
                let order = Array(model.samples.indices.shuffled(using: &random).prefix(count))
                let found = try encode(encoder, order.map { model.samples[$0] }, workspace)
                #expect(found == order.map { alone[$0] }, "\(set)")
            }
        }
    }

    /// Widths that fill no vector, one head and many, one layer and several: what a text encodes to
    /// depends on nothing but the text.
    @Test(arguments: 0..<6)
    func randomShapesKeepTheirBitsInEveryBatchThreadAndInstructionSet(_ index: Int) throws {
        var random = SeededRandom(seed: 41 + UInt64(index))
        var model = TinyModel()
        model.heads = Int.random(in: 1...6, using: &random)
        model.hidden = model.heads * Int.random(in: 5...40, using: &random)
        model.layers = Int.random(in: 1...3, using: &random)
        model.intermediate = Int.random(in: 30...300, using: &random)
        model.pooling = Bool.random(using: &random) ? "mean" : "cls"
        model.seed = UInt64(index)
        let sequences = model.samples.shuffled(using: &random).prefix(12)
        let bundle = try model.imported().bundle
        #expect(bundle.card.fidelity.meanCosine > 0.998, "\(model)")
        let portable = try Encoder(bundle: bundle, instructionSet: .portable)
        let alone = try sequences.map { ids in
            try encode(portable, [ids], portable.makeWorkspace(maxBatchTokens: ids.count))[0]
        }
        for set in InstructionSet.allCases where set.isSupported {
            let encoder = try Encoder(bundle: bundle, instructionSet: set)
            let found = Mutex([[[UInt32]]](repeating: [], count: 3))
            DispatchQueue.concurrentPerform(iterations: 3) { thread in
                let rows = try? encode(
                    encoder, Array(sequences), encoder.makeWorkspace(maxBatchTokens: 512))
                found.withLock { $0[thread] = rows ?? [] }
            }
            for rows in found.withLock({ $0 }) { #expect(rows == alone, "\(set), \(model)") }
        }
    }

    @Test func vectorsAreOfUnitLength() throws {
        let model = TinyModel()
        let encoder = try Encoder(bundle: try model.imported().bundle)
        let workspace = encoder.makeWorkspace(maxBatchTokens: 512)
        for row in try encode(encoder, model.samples, workspace) {
            let squares = row.reduce(0.0) {
                let value = Double(Float(bitPattern: $1))
                return $0 + value * value
            }
            #expect(abs(squares - 1) < 1e-6)
        }
    }

    @Test func badBatchesAreRefusedWithTheirPlace() throws {
        let encoder = try Encoder(bundle: try TinyModel().imported().bundle)
        let workspace = encoder.makeWorkspace(maxBatchTokens: 64)
        var output = [Float](repeating: 0, count: encoder.dimension)
        let long = [Int32](repeating: 5, count: 41)
        for (batch, field) in [
            (RaggedBatch(tokenIds: [2, 64, 3], offsets: [0, 3]), "tokenIds[1]"),
            (RaggedBatch(tokenIds: [2, -1, 3], offsets: [0, 3]), "tokenIds[1]"),
            (RaggedBatch(tokenIds: [], offsets: [0, 0]), "sequences[0]"),
            (RaggedBatch(tokenIds: long, offsets: [0, 41]), "sequences[0]"),
            (RaggedBatch(tokenIds: [2, 3], offsets: [0, 1]), "offsets"),
            (RaggedBatch(tokenIds: [2, 3], offsets: []), "offsets"),
            (RaggedBatch(tokenIds: [2, 3], offsets: [0, 1, 2]), "output"),
        ] {
            let fault = output.withUnsafeMutableBufferPointer { output in
                #expect(throws: Fault.self) {
                    try encoder.encode(batch, into: output, workspace: workspace)
                }
            }
            #expect(fault?.fieldViolations.first?.field == field)
        }
        #expect(output.allSatisfy { $0 == 0 })
    }
}
