// Selecting an audience: one pass over all profiles of the store, on a thread of its own, one at a
// time.

import Ads
import Base
import Foundation
import Glibc
import Service
import Store
import Synchronization

final class AudienceScan: AudienceSource {
    private static let retryMs = 1_000
    /// What is left of the processors, as good as.
    private static let niceness: Int32 = 15

    private let path: String
    private let key: MasterKeySource
    private let limits: Limits
    private let time: any TimeSource
    private let isRunning = Atomic<Bool>(false)

    init(path: String, key: MasterKeySource, limits: Limits, time: any TimeSource) {
        self.path = path
        self.key = key
        self.limits = limits
        self.time = time
    }

    func select(
        _ question: AudienceQuestion, _ cancellation: AudienceCancellation,
        _ completion: @escaping @Sendable (Result<SelectedAudience, Fault>) -> Void
    ) {
        guard !isRunning.exchange(true, ordering: .acquiringAndReleasing) else {
            return completion(
                .failure(
                    Fault(
                        .unavailable, reason: "AUDIENCE_RUNNING",
                        "another audience is being selected", retryAfterMs: Self.retryMs)))
        }
        Thread.detachNewThread { [self] in
            ThreadName.set("audience")
            // Gives way to the threads that serve. Fails only for a thread that is gone.
            _ = setpriority(Int32(PRIO_PROCESS.rawValue), 0, Self.niceness)
            let result = Result { () throws(Fault) in try scan(question, cancellation) }
            isRunning.store(false, ordering: .releasing)
            completion(result)
        }
    }

    private func scan(
        _ question: AudienceQuestion, _ cancellation: AudienceCancellation
    ) throws(Fault) -> SelectedAudience {
        let store = try SQLiteStore(path: path, access: .readOnly, key: key)
        defer { store.close() }
        var builder = question.builder
        try store.scanProfiles(limits: limits) { pseudonym, profile throws(Fault) in
            guard !cancellation.isCancelled, time.now() < question.deadline else {
                throw Fault(.cancelled, reason: "NOBODY_WAITS", "nobody waits for the audience")
            }
            question.take(pseudonym, profile, into: &builder)
        }
        return builder.finish()
    }
}
