import Base
import RPC

/// Tells the service manager that the server lives, as long as every event loop turns. A loop that
/// hangs keeps the word back, and the manager starts the server anew. Confined to the first loop.
final class Watchdog {
    private let manager: ServiceManager
    private let loop: EventLoop
    private let mailboxes: [LoopMailbox]
    private let intervalMs: Int
    /// Loops that have not answered the last round.
    private var unanswered = 0

    /// - Parameter loop: the first one, on whose thread this is called.
    init?(_ manager: ServiceManager, loop: EventLoop, mailboxes: [LoopMailbox]) {
        guard let microseconds = manager.watchdogMicroseconds, microseconds > 0 else { return nil }
        self.manager = manager
        self.loop = loop
        self.mailboxes = mailboxes
        // Twice as often as asked for; a round takes one interval.
        intervalMs = Int(max(1, min(microseconds / 1_000 / 3, 60_000)))
    }

    func start() {
        if unanswered == 0 { manager.lives() }
        unanswered = mailboxes.count
        let confined = LoopConfined(self, to: loop.mailbox)
        for mailbox in mailboxes {
            mailbox.post { [back = loop.mailbox] in
                back.post { confined.value.unanswered -= 1 }
            }
        }
        loop.schedule(afterMs: intervalMs) { self.round() }
    }

    private func round() {
        // Who did not answer is asked no second time: its mailbox may be filling up.
        if unanswered == 0 { return start() }
        loop.schedule(afterMs: intervalMs) { self.round() }
    }
}
