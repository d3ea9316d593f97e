internal import Base
internal import GRDB
internal import Inference

/// Events of an import that have words: they wait until there is a batch for the encoder, and are then
/// stored as events that come one by one are, with the vector of what was searched for, written or said.
final class EventTexts {
    /// A second or two of encoding, during which nobody else writes the store.
    private static let batchCount = 1_024

    private let database: Database
    private let journal: EventJournal
    private let encoder: (any TextEncoding)?
    private var waiting: [(event: Event, user: StoredUser)] = []
    private(set) var storedCount = 0
    private(set) var encodedCount = 0

    init(_ database: Database, encoder: (any TextEncoding)?) throws(Fault) {
        self.database = database
        self.encoder = encoder
        journal = try EventJournal(database)
    }

    /// Whether an event has words that the encoder reads.
    static func areIn(_ values: EventCleaning.Values) -> Bool {
        values.hasText && [.search, .review, .chat].contains(values.type)
    }

    var isFull: Bool { waiting.count >= Self.batchCount }

    func add(_ event: Event, user: StoredUser) throws(Fault) {
        guard encoder != nil else {
            throw .invalid(
                "bundle", "there are events with words: name the model bundle that encodes them")
        }
        waiting.append((event, user))
    }

    /// Stores what waits, in the transaction at hand.
    /// - Parameter touched: called with the users who have a new event.
    func store(touched: (StoredUser) -> Void) throws {
        guard let encoder, !waiting.isEmpty else { return }
        try StoreSettings.bind(
            database, bundle: encoder.bundleVersion, dimension: encoder.dimension)
        let distinct = Array(Set(waiting.map(\.event.encoderText))).sorted()
        let vectors = try encoder.encode(distinct) { _ in }
        guard vectors.count == distinct.count,
            vectors.allSatisfy({ $0.count == encoder.dimension && $0.allSatisfy(\.isFinite) })
        else {
            throw Fault(
                .internal, reason: "ENCODER_FAILURE",
                "the encoder did not give \(distinct.count) finite vectors of "
                    + "\(encoder.dimension) values")
        }
        encodedCount += distinct.count
        let vectorOfText = Dictionary(
            uniqueKeysWithValues: zip(distinct, vectors.map { Int8Vector(quantizing: $0) }))
        for (event, user) in waiting {
            let enriched = EnrichedEvent(
                event: event, vector: nil, category: "", brand: "", unitPrice: nil,
                textVector: vectorOfText[event.encoderText])
            if try journal.insert(enriched, user: user) != nil {
                storedCount += 1
                touched(user)
            }
        }
        try journal.finishTransaction()
        waiting.removeAll(keepingCapacity: true)
    }
}
