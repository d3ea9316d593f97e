public import Base

/// What the store of profiles has done since it was opened. Any thread.
public final class StoreCounters: Sendable {
    /// Profiles that were in memory when they were asked for.
    public let profileHits = SharedCounter()
    /// Those that had to be read, or that nobody has.
    public let profileMisses = SharedCounter()
    /// Reads, appends and erasures refused because too much waits.
    public let refused = SharedCounter()
    public let eventsStored = SharedCounter()
    /// Events that were there before.
    public let eventsDuplicate = SharedCounter()
    public let usersErased = SharedCounter()
    /// Transactions of events, from the first statement until they were durable.
    public let commits = SharedHistogram()
    public let commitsFailed = SharedCounter()

    public init() {}
}
