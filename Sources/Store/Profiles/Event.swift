public import Inference

/// Raw values are stored and must not change; they equal the wire's `EventType`.
public enum EventType: Int32, Sendable, Codable, CaseIterable {
    case view = 1
    case click = 2
    case cart = 3
    case purchase = 4
    case rating = 5
    case impression = 6
    case redemption = 7
    case search = 8
    case dwell = 9
    case share = 10
    case review = 11
    case chat = 12

    /// Whether it may stand without an item.
    public var needsItem: Bool { self != .search && self != .chat }
}

/// Something a user did to an item at a time, as it arrives.
public struct Event: Sendable, Equatable {
    public var itemId: String
    public var type: EventType
    public var unixNanoseconds: Int64
    /// Two events of one user with the same non-empty id are one event.
    public var eventId: String
    public var quantity: Int32
    /// Paid for all units together.
    public var value: Money?
    /// 1 to 5; nil when absent.
    public var rating: Float?
    public var channel: String
    public var device: String
    public var query: String
    /// Free text: a review, a line of a chat.
    public var text: String
    /// Place in the list it was shown in, 1 for the first; 0 when unknown.
    public var position: Int32
    /// How long the user stayed.
    public var dwellMilliseconds: Int64
    /// Anything else that is known of it; kept. Profiles read `Profile.OfferUse.couponAttribute` alone.
    public var attributes: [String: String]

    public init(
        itemId: String, type: EventType, unixNanoseconds: Int64, eventId: String = "",
        quantity: Int32 = 1, value: Money? = nil, rating: Float? = nil, channel: String = "",
        device: String = "", query: String = "", text: String = "", position: Int32 = 0,
        dwellMilliseconds: Int64 = 0, attributes: [String: String] = [:]
    ) {
        self.itemId = itemId
        self.type = type
        self.unixNanoseconds = unixNanoseconds
        self.eventId = eventId
        self.quantity = quantity
        self.value = value
        self.rating = rating
        self.channel = channel
        self.device = device
        self.query = query
        self.text = text
        self.position = position
        self.dwellMilliseconds = dwellMilliseconds
        self.attributes = attributes
    }

    /// Days since 1970.
    static func day(ofUnixNanoseconds time: Int64) -> Int64 {
        let (day, rest) = time.quotientAndRemainder(dividingBy: 86_400 * 1_000_000_000)
        return rest < 0 ? day - 1 : day
    }

    /// What of it the encoder reads: what was searched for, written or said; empty for the rest.
    public var encoderText: String {
        switch type {
        case .search: query.isEmpty ? text : query
        case .review, .chat: text
        default: ""
        }
    }
}

/// An event with what the catalogue knows of its item: what profiles fold, so that replay needs no
/// catalogue.
public struct EnrichedEvent: Sendable {
    public var event: Event
    public var vector: Int8Vector?
    public var category: String
    public var brand: String
    public var unitPrice: Money?
    /// Of `Event.encoderText`.
    public var textVector: Int8Vector?

    public init(
        event: Event, vector: Int8Vector?, category: String, brand: String, unitPrice: Money?,
        textVector: Int8Vector? = nil
    ) {
        self.event = event
        self.vector = vector
        self.category = category
        self.brand = brand
        self.unitPrice = unitPrice
        self.textVector = textVector
    }
}
