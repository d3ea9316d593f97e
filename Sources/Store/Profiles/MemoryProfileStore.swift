public import Base
private import Synchronization

/// `memory:`: profiles for tests and for servers that are told everything in the request. Bounded;
/// answers always at once.
public final class MemoryProfileStore: ProfileStore {
    private struct State {
        var profiles: [Pseudonym: Profile] = [:]
        var isClosed = false
    }

    private let maxProfiles: Int
    private let state = Mutex(State())

    /// - Parameter limits: `maxCachedProfiles` bounds it.
    public init(limits: Limits = Limits()) { maxProfiles = limits.maxCachedProfiles }

    /// Adds or replaces a profile; RESOURCE_EXHAUSTED when the store is full.
    public func set(_ profile: Profile, for pseudonym: Pseudonym) throws(Fault) {
        let isStored = state.withLock { state in
            if state.profiles.count >= maxProfiles, state.profiles[pseudonym] == nil {
                return false
            }
            state.profiles[pseudonym] = profile
            return true
        }
        if !isStored {
            throw Fault(
                .resourceExhausted, reason: "STORE_FULL",
                "the memory store is full with \(maxProfiles) profiles")
        }
    }

    public func profile(
        for pseudonym: Pseudonym, mailbox: LoopMailbox,
        completion: @escaping @Sendable (Result<Profile?, Fault>) -> Void
    ) -> ProfileLookup {
        state.withLock { $0.isClosed ? .refused(.storeClosed) : .ready($0.profiles[pseudonym]) }
    }

    public func count() throws(Fault) -> Int { state.withLock { $0.profiles.count } }

    public func close() { state.withLock { $0.isClosed = true } }
}

extension Fault {
    static let storeClosed = Fault(
        .unavailable, reason: "STORE_CLOSED", "the profile store is closed")
}
