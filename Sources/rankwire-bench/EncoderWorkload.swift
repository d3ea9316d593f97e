import Base
import Foundation
import Inference
import Synchronization

/// The file's sequences cut into batches, and passes over them by several threads.
struct EncoderWorkload: Sendable {
    struct Result {
        var passes: Int
        var secondsPerPass: Double
        var embeddings: [Float]

        /// FNV-1a, 64 bits, over the floats' bit patterns.
        var hash: String {
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            for value in embeddings {
                for shift in [0, 8, 16, 24] as [UInt32] {
                    hash ^= UInt64((value.bitPattern >> shift) & 255)
                    hash = hash &* 0x100_0000_01b3
                }
            }
            return String(hash, radix: 16)
        }
    }

    private let batches: [RaggedBatch]
    /// Where each batch's rows start among all.
    private let firstRows: [Int]
    private let dimension: Int
    private let rowCount: Int
    let tokenCount: Int

    init(_ sequences: [[Int32]], batchSize: Int, dimension: Int) {
        self.dimension = dimension
        rowCount = sequences.count
        tokenCount = sequences.reduce(0) { $0 + $1.count }
        firstRows = Array(stride(from: 0, to: sequences.count, by: batchSize))
        batches = firstRows.map { first in
            var batch = RaggedBatch()
            for ids in sequences[first..<min(first + batchSize, sequences.count)] {
                batch.tokenIds += ids
                batch.offsets.append(Int32(batch.tokenIds.count))
            }
            return batch
        }
    }

    var batchCount: Int { batches.count }

    private var largestBatch: Int { batches.reduce(0) { max($0, $1.tokenIds.count) } }

    /// One pass to warm up, then passes until `seconds` are over; the median pass counts.
    func run(_ encoder: Encoder, threads: Int, seconds: Double) throws -> Result {
        var embeddings = [Float](repeating: 0, count: rowCount * dimension)
        let times = try embeddings.withUnsafeMutableBufferPointer { output in
            let run = PassRunner(self, encoder, threads: threads, output: output)
            try run.pass()
            var times: [Double] = []
            let clock = ContinuousClock()
            let start = clock.now
            repeat {
                let time = try clock.measure { try run.pass() }
                times.append(time / .seconds(1))
            } while (clock.now - start) / .seconds(1) < seconds
            return times.sorted()
        }
        return Result(
            passes: times.count, secondsPerPass: times[times.count / 2], embeddings: embeddings)
    }

    /// Threads are started once a pass; each draws the next batch from a counter.
    private final class PassRunner: @unchecked Sendable {
        // Safe: batches write to rows of their own, and a workspace belongs to one thread of a pass.
        private let workload: EncoderWorkload
        private let encoder: Encoder
        private let workspaces: [EncoderWorkspace]
        private let output: UnsafeMutableBufferPointer<Float>
        private let next = Atomic<Int>(0)
        private let fault = Mutex<Fault?>(nil)

        init(
            _ workload: EncoderWorkload, _ encoder: Encoder, threads: Int,
            output: UnsafeMutableBufferPointer<Float>
        ) {
            self.workload = workload
            self.encoder = encoder
            self.output = output
            let largest = workload.largestBatch
            workspaces = (0..<threads).map { _ in encoder.makeWorkspace(maxBatchTokens: largest) }
        }

        func pass() throws(Fault) {
            next.store(0, ordering: .relaxed)
            if workspaces.count == 1 {
                work(0)
            } else {
                DispatchQueue.concurrentPerform(iterations: workspaces.count) { self.work($0) }
            }
            if let fault = fault.withLock({ $0 }) { throw fault }
        }

        private func work(_ thread: Int) {
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < workload.batches.count else { return }
                let batch = workload.batches[index]
                let start = workload.firstRows[index] * workload.dimension
                let count = (batch.offsets.count - 1) * workload.dimension
                let rows = UnsafeMutableBufferPointer(rebasing: output[start..<start + count])
                do throws(Fault) {
                    try encoder.encode(batch, into: rows, workspace: workspaces[thread])
                } catch {
                    fault.withLock { $0 = error }
                    return
                }
            }
        }
    }
}
