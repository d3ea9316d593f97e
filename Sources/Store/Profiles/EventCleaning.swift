// What an event must be to count: one set of rules for events that arrive one by one and for files of
// millions, so that a profile does not depend on the way its events came.

/// Why an event is not taken.
public struct EventRejection: Error, Sendable, Equatable {
    /// The field at fault, as an import's column is called.
    public var field: String
    public var description: String

    public init(field: String, description: String) {
        self.field = field
        self.description = description
    }
}

/// Refuses what cannot have happened: clocks that are off, amounts and places out of any range.
public struct EventCleaning: Sendable {
    /// The parts of an event that can be wrong, without its texts: an import has no Strings.
    public struct Values: Sendable {
        public var type: EventType
        public var unixNanoseconds: Int64
        public var quantity: Int64
        public var valueMicros: Int64?
        public var rating: Double?
        public var position: Int64 = 0
        public var dwellMilliseconds: Int64 = 0
        public var hasItem = true
        /// Whether there is anything for the encoder to read.
        public var hasText = false

        public init(
            type: EventType, unixNanoseconds: Int64, quantity: Int64 = 1, valueMicros: Int64? = nil,
            rating: Double? = nil
        ) {
            self.type = type
            self.unixNanoseconds = unixNanoseconds
            self.quantity = quantity
            self.valueMicros = valueMicros
            self.rating = rating
        }

        public init(_ event: Event) {
            self.init(
                type: event.type, unixNanoseconds: event.unixNanoseconds,
                quantity: Int64(event.quantity), valueMicros: event.value?.micros,
                rating: event.rating.map(Double.init))
            position = Int64(event.position)
            dwellMilliseconds = event.dwellMilliseconds
            hasItem = !event.itemId.isEmpty
            hasText = !event.encoderText.isEmpty
        }
    }

    /// How far a clock may be ahead of this machine's.
    private static let maxSkewNanoseconds: Int64 = 86_400 * 1_000_000_000
    /// 1990-01-01: before it nobody clicked.
    private static let earliestNanoseconds: Int64 = 631_152_000 * 1_000_000_000
    /// A thousand million units of a currency for one event is a till gone mad.
    private static let maxValueMicros: Int64 = 1_000_000_000 * 1_000_000
    private static let maxQuantity: Int64 = 1_000_000
    private static let maxPosition: Int64 = 1_000_000
    /// A day.
    private static let maxDwellMilliseconds: Int64 = 86_400 * 1_000

    private let latestNanoseconds: Int64
    private let maxAgeDays: Int
    private let oldestDay: Int64

    /// - Parameter maxAgeDays: how long events are kept, `Limits.maxEventAgeDays`; 0 for ever.
    public init(nowUnixNanoseconds: Int64, maxAgeDays: Int = 0) {
        self.maxAgeDays = maxAgeDays
        oldestDay =
            maxAgeDays > 0
            ? Event.day(ofUnixNanoseconds: nowUnixNanoseconds) - Int64(maxAgeDays) : .min
        latestNanoseconds =
            nowUnixNanoseconds.addingReportingOverflow(Self.maxSkewNanoseconds)
            .partialValue
    }

    /// Throws the first thing that is wrong.
    public func check(_ event: Values) throws(EventRejection) {
        func require(
            _ holds: Bool, _ field: String, _ description: @autoclosure () -> String
        ) throws(EventRejection) {
            if !holds { throw EventRejection(field: field, description: description()) }
        }
        try require(event.hasItem || !event.type.needsItem, "item", "missing")
        try require(
            event.unixNanoseconds <= latestNanoseconds, "time", "more than a day in the future")
        try require(
            event.unixNanoseconds >= Self.earliestNanoseconds, "time", "before the year 1990")
        try require(
            Event.day(ofUnixNanoseconds: event.unixNanoseconds) >= oldestDay, "time",
            "older than the \(maxAgeDays) days that events are kept")
        try require(
            (0...Self.maxQuantity).contains(event.quantity), "quantity",
            "not a whole number from 0 to \(Self.maxQuantity)")
        try require(event.valueMicros ?? 0 >= 0, "value", "negative")
        try require(
            event.valueMicros ?? 0 <= Self.maxValueMicros, "value",
            "over \(Self.maxValueMicros / 1_000_000) units of the currency")
        try require(event.type != .rating || event.rating != nil, "rating", "missing")
        if let rating = event.rating {
            try require((1...5).contains(rating), "rating", "not a number from 1 to 5")
        }
        try require(
            (0...Self.maxPosition).contains(event.position), "position",
            "not a whole number from 0 to \(Self.maxPosition)")
        try require(
            (0...Self.maxDwellMilliseconds).contains(event.dwellMilliseconds), "dwell_ms",
            "not 0 to \(Self.maxDwellMilliseconds) milliseconds")
        try require(
            event.type != .dwell || event.dwellMilliseconds > 0, "dwell_ms", "missing")
        try require(
            event.type != .search || event.hasText, "query", "missing from a search")
        try require(
            (event.type != .review && event.type != .chat) || event.hasText || event.rating != nil,
            "text", "missing")
    }
}
