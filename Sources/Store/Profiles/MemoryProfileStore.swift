public import Base
private import Synchronization

/// `memory:`: profiles for tests and for servers that are told everything in the request. Bounded;
/// answers always at once.
public final class MemoryProfileStore: ProfileStore {
    private struct State {
        var profiles: [Pseudonym: ProfileVersion] = [:]
        var events: [Pseudonym: [String: EnrichedEvent]] = [:]
        var eventCount = 0
        var isClosed = false
    }

    /// Events kept of all users.
    private static let maxEvents = 1_000_000

    private let maxProfiles: Int
    private let maxRecentItems: Int
    private let state = Mutex(State())
    public let spending = SpendLedger()

    /// - Parameter limits: `maxCachedProfiles` bounds it.
    public init(limits: Limits = Limits()) {
        maxProfiles = limits.maxCachedProfiles
        maxRecentItems = limits.maxRecentItems
    }

    /// Adds or replaces a profile; RESOURCE_EXHAUSTED when the store is full.
    public func set(_ profile: Profile, for pseudonym: Pseudonym) throws(Fault) {
        let isStored = state.withLock { state in
            if state.profiles.count >= maxProfiles, state.profiles[pseudonym] == nil {
                return false
            }
            state.profiles[pseudonym] = ProfileVersion(profile)
            return true
        }
        if !isStored { throw full() }
    }

    private func full() -> Fault {
        Fault(
            .resourceExhausted, reason: "STORE_FULL",
            "the memory store is full with \(maxProfiles) profiles or \(Self.maxEvents) events")
    }

    public func profileInMemory(of pseudonym: Pseudonym) -> ProfileVersion? {
        state.withLock { $0.isClosed ? nil : $0.profiles[pseudonym] }
    }

    public func profile(
        for pseudonym: Pseudonym, mailbox: LoopMailbox,
        completion: @escaping @Sendable (Result<ProfileVersion?, Fault>) -> Void
    ) -> ProfileLookup {
        state.withLock { $0.isClosed ? .refused(.storeClosed) : .ready($0.profiles[pseudonym]) }
    }

    public func append(
        _ events: [UserEvent], mailbox: LoopMailbox,
        completion: @escaping @Sendable (Result<[AppendOutcome], Fault>) -> Void
    ) -> Fault? {
        let result = Result { () throws(Fault) in
            let ids = try EventIds()
            var identified = events
            for i in identified.indices {
                identified[i].event.event.eventId = try ids.id(of: identified[i].event.event)
            }
            return try store(identified)
        }
        mailbox.post { completion(result) }
        return nil
    }

    /// All of them or none.
    private func store(_ events: [UserEvent]) throws(Fault) -> [AppendOutcome] {
        let result: Result<[AppendOutcome], Fault> = state.withLock { state in
            if state.isClosed { return .failure(.storeClosed) }
            let new = Set(events.map(\.pseudonym)).count { state.profiles[$0] == nil }
            guard state.profiles.count + new <= maxProfiles,
                state.eventCount + events.count <= Self.maxEvents
            else { return .failure(full()) }
            let outcomes = events.map { Self.store($0, &state) }
            for (event, outcome) in zip(events, outcomes) where outcome == .stored {
                guard let charge = event.charge else { continue }
                let day = Event.day(ofUnixNanoseconds: event.event.event.unixNanoseconds)
                spending.add([SpendKey(account: charge.account, day: day): charge.micros])
            }
            for pseudonym in Set(events.map(\.pseudonym)) {
                var fold = ProfileFold(maxRecentItems: maxRecentItems)
                for event in (state.events[pseudonym] ?? [:]).values { fold.add(event) }
                let attributes = state.profiles[pseudonym]?.profile.attributes ?? [:]
                state.profiles[pseudonym] = ProfileVersion(fold.profile(attributes: attributes))
            }
            return .success(outcomes)
        }
        return try result.get()
    }

    private static func store(_ event: UserEvent, _ state: inout State) -> AppendOutcome {
        let id = event.event.event.eventId
        if state.events[event.pseudonym]?[id] != nil { return .duplicate }
        state.events[event.pseudonym, default: [:]][id] = event.event
        state.eventCount += 1
        return .stored
    }

    public func events(
        of pseudonym: Pseudonym, after eventId: String, limit: Int, mailbox: LoopMailbox,
        completion: @escaping @Sendable (Result<[Event], Fault>) -> Void
    ) -> Fault? {
        let found: [Event]? = state.withLock { state in
            if state.isClosed { return nil }
            return (state.events[pseudonym] ?? [:]).values.map(\.event)
        }
        guard let found else { return .storeClosed }
        let page = found.sorted { $0.eventId.utf8.lexicographicallyPrecedes($1.eventId.utf8) }
            .drop { !eventId.utf8.lexicographicallyPrecedes($0.eventId.utf8) }.prefix(limit)
        mailbox.post { completion(.success(Array(page))) }
        return nil
    }

    public func erase(
        _ pseudonym: Pseudonym, mailbox: LoopMailbox,
        completion: @escaping @Sendable (Result<Bool, Fault>) -> Void
    ) -> Fault? {
        let existed: Bool? = state.withLock { state in
            if state.isClosed { return nil }
            state.eventCount -= state.events.removeValue(forKey: pseudonym)?.count ?? 0
            return state.profiles.removeValue(forKey: pseudonym) != nil
        }
        guard let existed else { return .storeClosed }
        mailbox.post { completion(.success(existed)) }
        return nil
    }

    public func count() throws(Fault) -> Int { state.withLock { $0.profiles.count } }

    public func close() { state.withLock { $0.isClosed = true } }
}

extension Fault {
    static let storeClosed = Fault(
        .unavailable, reason: "STORE_CLOSED", "the profile store is closed")
    static let storeReadOnly = Fault(
        .failedPrecondition, reason: "STORE_READ_ONLY",
        "the profile store may only be read: no events are taken")
}
