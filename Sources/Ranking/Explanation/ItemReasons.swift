/// What of the user's own stands behind a ranked item, and whether there was anything to go by.
public struct ItemReasons: Sendable, Equatable {
    /// Own items whose buyers also buy this one, the nearest first, at most `maxItems`.
    public var boughtItemIds: [String]
    /// The item of late whose text is nearest; empty where there is none, or the request's own text is
    /// nearer.
    public var similarItemId: String
    /// Nothing is known of what the user did: content, declared attributes and popularity ranked.
    public var isNewUser: Bool
    /// Nobody bought the item yet, as far as the head knows: its content ranked.
    public var isNewItem: Bool

    public static let maxItems = 3
    /// Cosine below which a text is not like another.
    static let minSimilarity: Float = 0.45

    public init(
        boughtItemIds: [String] = [], similarItemId: String = "", isNewUser: Bool = false,
        isNewItem: Bool = false
    ) {
        self.boughtItemIds = boughtItemIds
        self.similarItemId = similarItemId
        self.isNewUser = isNewUser
        self.isNewItem = isNewItem
    }
}
