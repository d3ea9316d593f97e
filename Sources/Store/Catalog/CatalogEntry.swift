public import Inference

/// What a catalogue holds.
public enum CatalogKind: String, Sendable, CaseIterable {
    case item
    case ad
    case intent
    case article
}

/// One thing of a catalogue, whatever its kind: stored, read, listed and deleted in one way.
public enum CatalogEntry: Sendable, Equatable {
    case item(Item)
    case ad(Ad)
    case intent(IntentDefinition)
    case article(Article)

    public var kind: CatalogKind {
        switch self {
        case .item: .item
        case .ad: .ad
        case .intent: .intent
        case .article: .article
        }
    }

    public var id: String {
        switch self {
        case .item(let item): item.id
        case .ad(let ad): ad.id
        case .intent(let intent): intent.name
        case .article(let article): article.id
        }
    }

    /// What the encoder reads of it; "" for no text.
    public var encoderTexts: [String] {
        switch self {
        case .item(let item): [item.encoderText]
        case .ad(let ad): [ad.creative.encoderText]
        case .intent(let intent): intent.examples
        case .article(let article): article.encoderTexts
        }
    }
}

/// An entry with the vectors of its `encoderTexts`; nil for an empty one, and for one whose vector the
/// catalogue has already.
public struct EncodedEntry: Sendable {
    public var entry: CatalogEntry
    public var vectors: [Int8Vector?]

    public init(_ entry: CatalogEntry, vectors: [Int8Vector?]) {
        precondition(vectors.count == entry.encoderTexts.count, "a vector or nil for each text")
        self.entry = entry
        self.vectors = vectors
    }
}
