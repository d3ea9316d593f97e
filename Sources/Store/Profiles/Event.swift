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
    /// Free text such as a review.
    public var text: String

    public init(
        itemId: String, type: EventType, unixNanoseconds: Int64, eventId: String = "",
        quantity: Int32 = 1, value: Money? = nil, rating: Float? = nil, channel: String = "",
        device: String = "", query: String = "", text: String = ""
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

    public init(
        event: Event, vector: Int8Vector?, category: String, brand: String, unitPrice: Money?
    ) {
        self.event = event
        self.vector = vector
        self.category = category
        self.brand = brand
        self.unitPrice = unitPrice
    }
}
