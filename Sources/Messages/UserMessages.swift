// rankwire.v1.User and what it holds.

internal import Base
internal import CMessages
public import Store

/// Who the answer is for (rankwire.v1.User).
public enum UserReference: Sendable, Equatable {
    /// A stored user's identifier as the caller wrote it; a pseudonym must be made of it at once.
    case stored(String)
    case inline(InlineUser)
}

/// A user described in the request (rankwire.v1.InlineUser).
public struct InlineUser: Sendable, Equatable {
    public var text: String
    public var events: [Event]
    public var attributes: [String: String]

    public init(text: String = "", events: [Event] = [], attributes: [String: String] = [:]) {
        self.text = text
        self.events = events
        self.attributes = attributes
    }
}

extension MessageCodec {
    func userReference(
        _ message: UnsafePointer<Rankwire__V1__User>?
    ) throws(Fault) -> UserReference {
        guard let user = message?.pointee else { throw .invalid("user", "must be set") }
        switch user.user_case {
        case RANKWIRE__V1__USER__USER_USER_ID:
            return .stored(try id(user.user_id, "user.user_id"))
        case RANKWIRE__V1__USER__USER_INLINE:
            return .inline(try inlineUser(user.inline_.pointee))
        default:
            throw .invalid("user", "must hold user_id or inline")
        }
    }

    private func inlineUser(
        _ user: Rankwire__V1__InlineUser
    ) throws(Fault) -> InlineUser {
        guard user.n_events <= limits.maxInlineEvents else {
            throw .invalid(
                "user.inline.events",
                "has \(user.n_events) events, at most \(limits.maxInlineEvents) are allowed")
        }
        var result = InlineUser()
        result.text = try string(user.text, "user.inline.text", maxBytes: limits.maxTextBytes)
        result.attributes = try userAttributes(user, "user.inline.attributes")
        for i in 0..<user.n_events {
            result.events.append(
                try inlineEvent(user.events[i]!.pointee, "user.inline.events[\(i)]"))
        }
        return result
    }

    private func inlineEvent(
        _ message: Rankwire__V1__Event, _ field: String
    ) throws(Fault) -> Event {
        _ = try id(message.item_id, "\(field).item_id")
        guard message.quantity >= 0 else {
            throw .invalid("\(field).quantity", "must not be negative")
        }
        guard message.rating == 0 || (1...5).contains(message.rating) else {
            throw .invalid("\(field).rating", "must be 1 to 5")
        }
        return try event(message, field)
    }

    /// What can be read; whether it can have happened is for `EventCleaning`.
    func event(_ event: Rankwire__V1__Event, _ field: String) throws(Fault) -> Event {
        guard let type = EventType(rawValue: Int32(bitPattern: event.type.rawValue)) else {
            throw .invalid("\(field).type", "must be a type of this version")
        }
        guard let time = try time(event.time, "\(field).time") else {
            throw .invalid("\(field).time", "must be set")
        }
        return Event(
            itemId: try string(event.item_id, "\(field).item_id", maxBytes: limits.maxIdBytes),
            type: type, unixNanoseconds: time,
            eventId: try string(event.event_id, "\(field).event_id", maxBytes: limits.maxIdBytes),
            quantity: event.quantity == 0 ? 1 : event.quantity,
            value: try money(event.value, "\(field).value"),
            rating: event.rating == 0 ? nil : event.rating,
            channel: try string(event.channel, "\(field).channel", maxBytes: limits.maxIdBytes),
            device: try string(event.device, "\(field).device", maxBytes: limits.maxIdBytes),
            query: try string(event.query, "\(field).query", maxBytes: limits.maxTextBytes),
            text: try string(event.text, "\(field).text", maxBytes: limits.maxTextBytes),
            position: event.position, dwellMilliseconds: event.dwell_millis,
            attributes: try eventAttributes(event, "\(field).attributes"))
    }

    func makeUser(_ user: UserReference) -> UnsafeMutablePointer<Rankwire__V1__User> {
        let message = arena.make(rankwire__v1__user__init)
        switch user {
        case .stored(let id):
            message.pointee.user_case = RANKWIRE__V1__USER__USER_USER_ID
            message.pointee.user_id = arena.makeString(id)
        case .inline(let user):
            message.pointee.user_case = RANKWIRE__V1__USER__USER_INLINE
            message.pointee.inline_ = makeInlineUser(user)
        }
        return message
    }

    private func makeInlineUser(
        _ user: InlineUser
    ) -> UnsafeMutablePointer<Rankwire__V1__InlineUser> {
        let message = arena.make(rankwire__v1__inline_user__init)
        message.pointee.text = arena.makeString(user.text)
        message.pointee.n_events = user.events.count
        message.pointee.events = arena.makeArray(
            user.events.count, rankwire__v1__event__init
        ) { event, i in fill(event, from: user.events[i]) }
        let attributes = user.attributes.sorted { $0.key < $1.key }
        message.pointee.n_attributes = attributes.count
        message.pointee.attributes = arena.makeArray(
            attributes.count, rankwire__v1__inline_user__attributes_entry__init
        ) { entry, i in
            entry.pointee.key = arena.makeCString(attributes[i].key)
            entry.pointee.value = arena.makeCString(attributes[i].value)
        }
        return message
    }

    func fill(
        _ message: UnsafeMutablePointer<Rankwire__V1__Event>, from event: Event
    ) {
        message.pointee.item_id = arena.makeString(event.itemId)
        message.pointee.type = Rankwire__V1__EventType(UInt32(event.type.rawValue))
        message.pointee.time = makeTime(event.unixNanoseconds)
        message.pointee.event_id = arena.makeString(event.eventId)
        message.pointee.quantity = event.quantity
        message.pointee.value = event.value.map(makeMoney)
        message.pointee.rating = event.rating ?? 0
        message.pointee.channel = arena.makeString(event.channel)
        message.pointee.device = arena.makeString(event.device)
        message.pointee.query = arena.makeString(event.query)
        message.pointee.text = arena.makeString(event.text)
        message.pointee.position = event.position
        message.pointee.dwell_millis = event.dwellMilliseconds
        let attributes = event.attributes.sorted { $0.key < $1.key }
        message.pointee.n_attributes = attributes.count
        message.pointee.attributes = arena.makeArray(
            attributes.count, rankwire__v1__event__attributes_entry__init
        ) { entry, i in
            entry.pointee.key = arena.makeCString(attributes[i].key)
            entry.pointee.value = arena.makeCString(attributes[i].value)
        }
    }
}
