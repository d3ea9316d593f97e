// What training reads: users with their events in order of time, from a store's journal or from a file.
// The events are those that profiles are folded from, so that features are the server's own.

internal import Base
public import Store

/// A user's events, oldest first, each once.
public struct ShopperHistory: Sendable {
    public var attributes: [String: String]
    public var events: [EnrichedEvent]

    /// - Parameter events: in any order.
    public init(attributes: [String: String], events: [EnrichedEvent]) {
        self.attributes = attributes
        var seen: Set<String> = []
        self.events = events.sorted { $0.event.precedes($1.event) }.filter {
            $0.event.eventId.isEmpty || seen.insert($0.event.eventId).inserted
        }
    }

    /// Events before a moment.
    func count(before unixNanoseconds: Int64) -> Int {
        var (low, high) = (0, events.count)
        while low < high {
            let middle = (low + high) / 2
            if events[middle].event.unixNanoseconds < unixNanoseconds {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}

/// Where histories come from.
public enum HistorySource: Sendable {
    /// The store's journal, by pseudonym.
    case journal
    /// A file of events; attributes come from the store where it knows the user.
    case file(ImportSource)
}

extension HistorySource {
    /// - Parameters:
    ///   - progress: a share of what there is to read.
    public func histories(
        store: SQLiteStore, catalog: Catalog, progress: (Double) -> Void
    ) throws -> [ShopperHistory] {
        switch self {
        case .journal:
            var histories: [ShopperHistory] = []
            try store.forEachHistory(
                progress: { progress(Double($0) / Double(max($1, 1))) },
                { histories.append(ShopperHistory(attributes: $0, events: $1)) })
            return histories
        case .file(let source):
            return try Self.read(source, store: store, catalog: catalog, progress: progress)
        }
    }

    private static func read(
        _ source: ImportSource, store: SQLiteStore, catalog: Catalog,
        progress: (Double) -> Void
    ) throws -> [ShopperHistory] {
        let file = try EventFile(source)
        var enricher = EventEnricher(catalog)
        var order: [String: Int] = [:]
        var events: [[EnrichedEvent]] = []
        while true {
            let entries = try file.next(10_000, maxBytes: 4 * 1_024 * 1_024)
            if entries.isEmpty { break }
            for entry in entries {
                let user = order[entry.userId] ?? events.count
                if user == events.count {
                    order[entry.userId] = user
                    events.append([])
                }
                events[user].append(enricher.enriched(entry.event))
            }
            progress(file.progress.share)
        }
        let attributes = try store.attributes(ofUsers: Array(order.keys))
        return order.sorted { $0.value < $1.value }.map { id, user in
            ShopperHistory(attributes: attributes[id] ?? [:], events: events[user])
        }
    }
}

/// What the catalogue knows of events' items, each looked up once.
private struct EventEnricher {
    private let catalog: Catalog
    private var known: [String: EnrichedEvent] = [:]

    init(_ catalog: Catalog) { self.catalog = catalog }

    mutating func enriched(_ event: Event) -> EnrichedEvent {
        var enriched = known[event.itemId] ?? look(up: event)
        known[event.itemId] = enriched
        enriched.event = event
        return enriched
    }

    private func look(up event: Event) -> EnrichedEvent {
        for table in [catalog.items, catalog.ads.creatives] {
            if let row = table.row(of: event.itemId) { return table.enrich(event, row: row) }
        }
        return EnrichedEvent(event: event, vector: nil, category: "", brand: "", unitPrice: nil)
    }
}

extension ImportProgress {
    /// Of the file that was read; 0 where its end is not known.
    fileprivate var share: Double {
        guard case .reading(_, _, let bytes, let total?) = self, total > 0 else { return 0 }
        return Double(bytes) / Double(total)
    }
}
