public import Base

/// Folds the enriched events of one user into a profile: the same code for import, stored and inline
/// users. Events come in any order; they are sorted by time, then event id, then content, and two
/// with the same non-empty id are one (the earliest stays), so a profile is a function of the set of
/// events alone.
///
/// Interests, affinities and prices decay as of the user's last event, so that they do not depend on
/// when they are folded; half-lives are in `EventWeight`. Weights by type: view 1, click 2, cart 4,
/// purchase 8, redemption 8, impression 0, rating of r stars max(0, 3 * (r - 3)).
public struct ProfileFold {
    private let asOfUnixNanoseconds: Int64
    private let maxRecentItems: Int
    private var events: [EnrichedEvent] = []

    /// - Parameters:
    ///   - asOfUnixNanoseconds: events after this moment are left out.
    ///   - maxRecentItems: `Limits.maxRecentItems`.
    public init(
        asOfUnixNanoseconds: Int64 = .max, maxRecentItems: Int = Limits().maxRecentItems
    ) {
        self.asOfUnixNanoseconds = asOfUnixNanoseconds
        self.maxRecentItems = maxRecentItems
    }

    /// Keeps the event until `profile`; the caller bounds how many.
    public mutating func add(_ event: EnrichedEvent) {
        if event.event.unixNanoseconds <= asOfUnixNanoseconds { events.append(event) }
    }

    public func profile(attributes: [String: String] = [:]) -> Profile {
        profiles(before: [.max], attributes: attributes)[0]
    }

    /// The profile as it was just before each moment: of the events earlier than it. One pass,
    /// whatever the number of moments.
    /// - Parameter moments: Unix nanoseconds, ascending.
    public func profiles(
        before moments: [Int64], attributes: [String: String] = [:]
    ) -> [Profile] {
        var seen: Set<String> = []
        var accumulator = ProfileAccumulator(maxRecentItems: maxRecentItems)
        var profiles: [Profile] = []
        for event in events.sorted(by: { $0.event.precedes($1.event) }) {
            while profiles.count < moments.count,
                moments[profiles.count] <= event.event.unixNanoseconds,
                moments[profiles.count] < .max
            {
                profiles.append(accumulator.profile(attributes: attributes))
            }
            let id = event.event.eventId
            if id.isEmpty || seen.insert(id).inserted { accumulator.add(event) }
        }
        while profiles.count < moments.count {
            profiles.append(accumulator.profile(attributes: attributes))
        }
        return profiles
    }
}

extension Event {
    /// A total order up to events that fold alike: time, event id, then content.
    public func precedes(_ other: Event) -> Bool {
        if unixNanoseconds != other.unixNanoseconds {
            return unixNanoseconds < other.unixNanoseconds
        }
        // As bytes, which is how SQLite sorts them.
        if eventId != other.eventId {
            return eventId.utf8.lexicographicallyPrecedes(other.eventId.utf8)
        }
        if itemId != other.itemId { return itemId < other.itemId }
        if type != other.type { return type.rawValue < other.type.rawValue }
        if quantity != other.quantity { return quantity < other.quantity }
        if value != other.value {
            guard let mine = value, let others = other.value else { return value == nil }
            return mine.micros != others.micros
                ? mine.micros < others.micros : mine.currencyCode < others.currencyCode
        }
        if rating != other.rating { return (rating ?? -.infinity) < (other.rating ?? -.infinity) }
        if dwellMilliseconds != other.dwellMilliseconds {
            return dwellMilliseconds < other.dwellMilliseconds
        }
        return encoderText < other.encoderText
    }
}
