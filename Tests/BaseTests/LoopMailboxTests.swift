import Base
import Foundation
import Synchronization
import Testing

@Suite struct LoopMailboxTests {
    @Test func everyPostFromEveryThreadRunsOnceInItsPostersOrder() {
        let wakes = Atomic<Int>(0)
        let mailbox = LoopMailbox { wakes.add(1, ordering: .relaxed) }
        mailbox.adoptCurrentThread()
        let seen = Mutex<[[Int]]>([[Int]](repeating: [], count: 4))
        let threads = (0..<4).map { poster in
            Thread {
                for i in 0..<1_000 { mailbox.post { seen.withLock { $0[poster].append(i) } } }
            }
        }
        for thread in threads { thread.start() }
        while seen.withLock({ $0.map(\.count).reduce(0, +) }) < 4_000 { mailbox.drain() }
        #expect(seen.withLock { $0 } == [[Int]](repeating: Array(0..<1_000), count: 4))
        #expect(wakes.load(ordering: .relaxed) <= 4_000)
    }

    @Test func whatADrainPostsWaitsForTheNextTurn() {
        let mailbox = LoopMailbox {}
        mailbox.adoptCurrentThread()
        let count = Mutex(0)
        mailbox.post { mailbox.post { count.withLock { $0 += 1 } } }
        mailbox.drain()
        #expect(count.withLock { $0 } == 0)
        mailbox.drain()
        #expect(count.withLock { $0 } == 1)
    }

    @Test func aClosedMailboxRefuses() {
        let mailbox = LoopMailbox {}
        mailbox.close()
        #expect(!mailbox.post {})
    }
}
