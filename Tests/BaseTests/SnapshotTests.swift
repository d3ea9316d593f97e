import Base
import Testing

@Suite("Snapshot")
struct SnapshotTests {
    /// Reads the snapshot when it is let go of, as a reader of another thread might just then.
    private final class Reading: Sendable {
        let read: @Sendable () -> Void

        init(_ read: @escaping @Sendable () -> Void) { self.read = read }

        deinit { read() }
    }

    @Test("what was there is handed out, and values are numbered")
    func exchange() {
        let snapshot = Snapshot("a")
        #expect(snapshot.exchange("b") == "a")
        snapshot.store("c")
        #expect(snapshot.load() == "c")
        #expect(snapshot.loadNumbered().generation == 2)
    }

    @Test("what was there is let go of outside the lock")
    func lettingGo() {
        let other = Snapshot(0)
        let snapshot = Snapshot<Reading?>(nil)
        snapshot.store(Reading { [snapshot] in other.store(snapshot.load() == nil ? 1 : 2) })
        // Under the lock, reading it would wait for ever.
        snapshot.store(nil)
        #expect(other.load() == 1)
    }
}
