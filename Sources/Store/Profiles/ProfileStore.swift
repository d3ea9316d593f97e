public import Base

/// Where profiles live. The server and its tests know only this; `sqlite:PATH` and `memory:` are
/// behind it, and pass one shared test suite.
public protocol ProfileStore: Sendable {
    /// The profile of a pseudonym; nil when there is none. Answers at once from memory where it
    /// can (`.ready`), else later on `mailbox`'s loop exactly once.
    func profile(
        for pseudonym: Pseudonym, mailbox: LoopMailbox,
        completion: @escaping @Sendable (Result<Profile?, Fault>) -> Void
    ) -> ProfileLookup

    /// Number of stored profiles.
    func count() throws(Fault) -> Int

    func close()
}

public enum ProfileLookup: Sendable {
    /// The completion will not be called.
    case ready(Profile?)
    case pending
    /// The completion will not be called: too many reads wait.
    case refused(Fault)
}
