// Item neighbours in the store, and making them from the journal there.

public import Base
internal import GRDB

extension SQLiteStore {
    /// What was made last; nil when nothing was.
    public func itemBehaviour() throws(Fault) -> ItemBehaviour? {
        guard let bytes = try read({ try StoreSettings.itemBehaviour($0) }) else { return nil }
        return try ItemBehaviourCodec.decode(bytes)
    }

    /// Makes neighbours and windowed purchases from the journal, and keeps them. Of a journal of more
    /// than `ItemBehaviourBuilder.maxEvents` events, every n-th user is read.
    /// - Parameters:
    ///   - end: events at or after it are not read; nil for all.
    ///   - progress: called with the users done and the users there are.
    public func buildItemBehaviour(
        before end: Int64? = nil, progress: (_ done: Int, _ total: Int) -> Void
    ) throws(Fault) -> ItemBehaviour {
        let total = try read { database in
            let count = try SQLStatement(database, "SELECT count(*) FROM events")
            return try count.step() ? Int(count.int64(0)) : 0
        }
        let step = 1 + total / (ItemBehaviourBuilder.maxEvents + 1)
        var builder = ItemBehaviourBuilder()
        var position = 0
        let facts = FactCache()
        try forEachUserPage(progress: progress) { database, pseudonyms throws(Fault) in
            let users = try UserTable(database, secrets)
            let events = try EventReader(database, facts: facts)
            for pseudonym in pseudonyms {
                position += 1
                guard position % step == 0, let user = try users.find(pseudonym) else { continue }
                try events.read(user) { enriched in
                    let event = enriched.event
                    if let end, event.unixNanoseconds >= end { return }
                    builder.add(
                        itemId: event.itemId, type: event.type,
                        unixNanoseconds: event.unixNanoseconds)
                }
                builder.finishUser()
            }
        }
        let behaviour = builder.build()
        let bytes = ItemBehaviourCodec.encode(behaviour)
        try write { try StoreSettings.setItemBehaviour($0, bytes) }
        return behaviour
    }
}
