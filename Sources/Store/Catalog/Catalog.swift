/// Everything there is to rank, at one moment. Held in a `Snapshot` and replaced as a whole; a
/// request reads it once.
public final class Catalog: Sendable {
    public let items: ItemTable
    /// Its creatives share the items' dictionaries of categories and brands when the catalogue was
    /// made by `init(items:ads:intents:)` of one store.
    public let ads: AdTable
    public let intents: IntentTable

    public init(items: ItemTable, ads: AdTable, intents: IntentTable) {
        self.items = items
        self.ads = ads
        self.intents = intents
    }

    public static let empty = Catalog(items: .empty, ads: .empty, intents: .empty)
}
