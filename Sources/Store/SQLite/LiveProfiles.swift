// Profiles while events come in. The journal is the truth; what is here is only its fold, kept so that
// an event costs one step of the fold and not all of it. An event later than all before is added; one
// that comes late makes its user's profile be folded anew from the journal, at once when the profile is
// in use, else when it is read. So a profile is a function of the set of events, to the last bit, in
// whatever order they came.

internal import Base
internal import GRDB
internal import Inference

/// Accumulators of the users whose events came lately. The writing thread only, inside the
/// transaction that stores the events.
final class LiveProfiles {
    private struct Live {
        let pseudonym: Pseudonym
        let user: StoredUser
        var accumulator: ProfileAccumulator
        var attributes: [String: String]
        /// The last event folded; nil without any.
        var last: (unixNanoseconds: Int64, eventId: String)?
        /// Lacks events of this transaction: to be folded anew at its end.
        var isBehind = false
    }

    /// About 50 KiB each. Emptied when full.
    private static let maxUsers = 4_096

    private let maxRecentItems: Int
    private let events: EventReader
    private let records: UserRecords
    private var live: [Int64: Live] = [:]
    private var touched: Set<Int64> = []

    init(_ database: Database, maxRecentItems: Int) throws(Fault) {
        self.maxRecentItems = maxRecentItems
        events = try EventReader(database, facts: FactCache())
        records = try UserRecords(database)
    }

    /// An event that the journal holds since a moment ago.
    /// - Parameter facts: what the journal holds of its item.
    func add(
        _ event: Event, of user: StoredUser, _ pseudonym: Pseudonym, fact: Int64, text: Int8Vector?
    ) throws(Fault) {
        touched.insert(user.row)
        guard var entry = live.removeValue(forKey: user.row) else {
            live[user.row] = Live(
                pseudonym: pseudonym, user: user,
                accumulator: ProfileAccumulator(maxRecentItems: maxRecentItems), attributes: [:],
                isBehind: true)
            return
        }
        if !entry.isBehind, entry.last.map({ Self.isLater(event, than: $0) }) ?? true {
            entry.accumulator.add(try events.enriched(event, fact: fact, text: text))
            entry.last = (event.unixNanoseconds, event.eventId)
        } else {
            entry.isBehind = true
        }
        live[user.row] = entry
    }

    /// Brings the users of this transaction up to the journal; their profiles, nil for those that
    /// are to be folded when they are read.
    /// - Parameter isInUse: whether the profile was read lately.
    func finishTransaction(
        isInUse: (Pseudonym) -> Bool
    ) throws(Fault) -> [(Pseudonym, Profile?)] {
        var profiles: [(Pseudonym, Profile?)] = []
        for user in touched {
            guard var entry = live[user] else { continue }
            if entry.isBehind {
                guard isInUse(entry.pseudonym) else {
                    live[user] = nil
                    profiles.append((entry.pseudonym, nil))
                    continue
                }
                entry = try folded(entry.user, entry.pseudonym)
                live[user] = entry
            }
            profiles.append(
                (entry.pseudonym, entry.accumulator.profile(attributes: entry.attributes)))
        }
        touched.removeAll(keepingCapacity: true)
        if live.count > Self.maxUsers { live.removeAll(keepingCapacity: true) }
        return profiles
    }

    /// The user is erased.
    func forget(_ user: Int64) { live[user] = nil }

    /// The user's profile as of the journal.
    func profile(of user: StoredUser, _ pseudonym: Pseudonym) throws(Fault) -> Profile {
        let entry: Live
        if let known = live[user.row] { entry = known } else { entry = try folded(user, pseudonym) }
        return entry.accumulator.profile(attributes: entry.attributes)
    }

    private func folded(_ user: StoredUser, _ pseudonym: Pseudonym) throws(Fault) -> Live {
        var entry = Live(
            pseudonym: pseudonym, user: user,
            accumulator: ProfileAccumulator(maxRecentItems: maxRecentItems),
            attributes: try records.attributes(of: user, pseudonym))
        try events.read(user) { (event: EnrichedEvent) throws(Fault) -> Void in
            entry.accumulator.add(event)
            entry.last = (event.event.unixNanoseconds, event.event.eventId)
        }
        return entry
    }

    /// In the order of the journal: ids as bytes.
    private static func isLater(
        _ event: Event, than last: (unixNanoseconds: Int64, eventId: String)
    ) -> Bool {
        if event.unixNanoseconds != last.unixNanoseconds {
            return event.unixNanoseconds > last.unixNanoseconds
        }
        return last.eventId.utf8.lexicographicallyPrecedes(event.eventId.utf8)
    }
}
