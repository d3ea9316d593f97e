public import Base

/// Where profiles live. The server and its tests know only this; `sqlite:PATH` and `memory:` are
/// behind it, and pass one shared test suite.
public protocol ProfileStore: Sendable {
    /// The profile of a pseudonym; nil when there is none. Answers at once from memory where it
    /// can (`.ready`), else later on `mailbox`'s loop exactly once.
    func profile(
        for pseudonym: Pseudonym, mailbox: LoopMailbox,
        completion: @escaping @Sendable (Result<ProfileVersion?, Fault>) -> Void
    ) -> ProfileLookup

    /// The profile where it is in memory, which `profile(for:)` would answer with at once; nil when it
    /// would have to be read.
    func profileInMemory(of pseudonym: Pseudonym) -> ProfileVersion?

    /// Adds events, in any order and of any users, each once: a second one of a user with the same
    /// id changes nothing, and one without an id is known by its content. The events have passed
    /// `EventCleaning`. There is no window of lateness: an event that comes a year late makes the
    /// profile it would have made in time, to the last bit.
    ///
    /// When `completion` says they are stored, they are durable as far as the store is at all, and
    /// the next `profile(for:)` of any thread knows them. It runs on `mailbox`'s loop exactly once;
    /// not at all when this returns a fault.
    func append(
        _ events: [UserEvent], mailbox: LoopMailbox,
        completion: @escaping @Sendable (Result<[AppendOutcome], Fault>) -> Void
    ) -> Fault?

    /// A user's stored events, at most `limit`, in an order of the store's own that stays: those after
    /// the one of id `eventId`, or the first ones when that is empty; none for who is not stored.
    /// `completion` as for `append`.
    func events(
        of pseudonym: Pseudonym, after eventId: String, limit: Int, mailbox: LoopMailbox,
        completion: @escaping @Sendable (Result<[Event], Fault>) -> Void
    ) -> Fault?

    /// Erases all there is of a user, in memory and on disk, after the appends that came before; says
    /// whether there was anything. `completion` as for `append`.
    func erase(
        _ pseudonym: Pseudonym, mailbox: LoopMailbox,
        completion: @escaping @Sendable (Result<Bool, Fault>) -> Void
    ) -> Fault?

    /// What campaigns have spent: the charges of all stored events, as durable as they are.
    var spending: SpendLedger { get }

    /// Number of users there is something stored of.
    func count() throws(Fault) -> Int

    func close()
}

public enum ProfileLookup: Sendable {
    /// The completion will not be called.
    case ready(ProfileVersion?)
    case pending
    /// The completion will not be called: too many reads wait.
    case refused(Fault)
}

/// An event and who did it.
public struct UserEvent: Sendable {
    public var pseudonym: Pseudonym
    public var event: EnrichedEvent
    /// What it costs a campaign; nil for an event of no ad.
    public var charge: AdCharge?

    public init(pseudonym: Pseudonym, event: EnrichedEvent, charge: AdCharge? = nil) {
        self.pseudonym = pseudonym
        self.event = event
        self.charge = charge
    }
}

public enum AppendOutcome: Sendable, Equatable {
    case stored
    /// The user's event of this id was there before.
    case duplicate
}
