import Base
import Foundation
import Testing

@Suite("Thread names")
struct ThreadNameTests {
    @Test(
        "the system calls a thread what it was named, as far as it keeps names",
        arguments: [("worker 0", "worker 0"), ("a name that is too long", "a name that is ")])
    func name(given: String, kept: String) async throws {
        let name = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                ThreadName.set(given)
                continuation.resume(
                    returning: try? String(
                        contentsOfFile: "/proc/thread-self/comm", encoding: .utf8))
            }
        }
        #expect(name == kept + "\n")
    }
}
