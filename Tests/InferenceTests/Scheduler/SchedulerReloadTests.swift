import Base
import Foundation
import Synchronization
import Testing

@testable import Inference

/// Lives as long as anybody keeps it.
private final class HeldBackend: BatchBackend {
    let version: String
    let dimension = 1
    let maxTokensPerText = 64

    init(_ version: String) { self.version = version }

    func makeWorkspace(maxBatchTokens: Int) {}

    func encode(
        _ batch: RaggedBatch, into output: UnsafeMutableBufferPointer<Float>, workspace: ()
    ) throws {
        for i in 0..<batch.offsets.count - 1 { output[i] = 1 }
    }
}

@Suite("Scheduler reload")
struct SchedulerReloadTests {
    @Test("idle workers let go of the encoder that was replaced")
    func oldEncoderIsReleased() throws {
        let loop = TestLoop()
        var first: HeldBackend? = HeldBackend("first")
        weak let old = first
        let scheduler = try Scheduler(
            backend: try #require(first), limits: Limits(), workerCount: 2)
        first = nil
        let countdown = Countdown(200)
        for i in 0..<200 {
            var texts = TokenizedTexts()
            texts.append(tokenIds: [Int32(i)])
            scheduler.submit(texts, mailbox: loop.mailbox) { _ in countdown.count() }
        }
        #expect(countdown.wait())
        #expect(old != nil)
        try scheduler.replace(backend: HeldBackend("second"))
        let patience = Date().addingTimeInterval(30)
        while old != nil && Date() < patience { Thread.sleep(forTimeInterval: 0.001) }
        #expect(old == nil)
        scheduler.shutdown()
        loop.stop()
    }
}
