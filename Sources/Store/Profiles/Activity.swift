/// When and how a user is active: counts of events, exact whatever the order they came in.
public struct Activity: Sendable, Equatable {
    /// What happened in one week.
    public struct Week: Sendable, Equatable {
        public var events: UInt32 = 0
        public var purchases: UInt32 = 0
        /// In the currency of the first purchase.
        public var spentMicros: Int64 = 0

        public init() {}
    }

    /// Weeks that are told apart: a quarter of a year.
    public static let weekCount = 13
    /// Channels and devices kept: those used most.
    static let maxNames = 6
    static let weekNanoseconds: Int64 = 7 * 86_400 * 1_000_000_000

    /// By hour of the day, UTC.
    public var hours = [UInt32](repeating: 0, count: 24)
    /// By day of the week, Monday first, UTC.
    public var weekdays = [UInt32](repeating: 0, count: 7)
    /// By `EventType.rawValue` - 1.
    public var types = [UInt32](repeating: 0, count: EventType.allCases.count)
    public var channels: [String: UInt32] = [:]
    public var devices: [String: UInt32] = [:]
    /// The week of the user's last event and the twelve before, oldest first; empty without events.
    /// A week is seven days from a Thursday midnight, UTC, as the Unix epoch began.
    public var weeks: [Week] = []

    public init() {}

    public func count(of type: EventType) -> UInt32 { types[Int(type.rawValue) - 1] }
}

/// Counts events that come in order of time.
struct ActivityCounter {
    private var activity = Activity()
    private var lastWeek: Int64?

    /// - Parameter paidMicros: what the user spent; 0 for all but purchases.
    mutating func add(_ event: Event, paidMicros: Int64) {
        let (day, nanoseconds) = event.unixNanoseconds.quotientAndFloor(86_400 * 1_000_000_000)
        Self.increment(&activity.hours[Int(nanoseconds / 3_600_000_000_000)])
        // 1970-01-01 was a Thursday.
        Self.increment(&activity.weekdays[Int((day + 3).quotientAndFloor(7).remainder)])
        Self.increment(&activity.types[Int(event.type.rawValue) - 1])
        if !event.channel.isEmpty { Self.increment(&activity.channels[event.channel, default: 0]) }
        if !event.device.isEmpty { Self.increment(&activity.devices[event.device, default: 0]) }
        addToWeek(event, paidMicros)
    }

    /// The counts, with the channels and devices used most.
    var bounded: Activity {
        var bounded = activity
        bounded.channels = Self.largest(activity.channels)
        bounded.devices = Self.largest(activity.devices)
        return bounded
    }

    private mutating func addToWeek(_ event: Event, _ paidMicros: Int64) {
        let week = event.unixNanoseconds.quotientAndFloor(Activity.weekNanoseconds).quotient
        let passed = lastWeek.map { week - $0 } ?? Int64(Activity.weekCount)
        lastWeek = week
        let kept = activity.weeks.suffix(max(0, Activity.weekCount - Int(clamping: passed)))
        let missing = Activity.weekCount - kept.count
        if passed > 0 {
            activity.weeks = kept + [Activity.Week](repeating: .init(), count: missing)
        }
        let last = Activity.weekCount - 1
        Self.increment(&activity.weeks[last].events)
        guard event.type == .purchase else { return }
        Self.increment(&activity.weeks[last].purchases)
        let (sum, overflow) = activity.weeks[last].spentMicros.addingReportingOverflow(paidMicros)
        if !overflow { activity.weeks[last].spentMicros = sum }
    }

    /// Stays at the largest number.
    private static func increment(_ count: inout UInt32) { if count < .max { count += 1 } }

    private static func largest(_ counts: [String: UInt32]) -> [String: UInt32] {
        guard counts.count > Activity.maxNames else { return counts }
        let sorted = counts.sorted {
            $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key
        }
        return Dictionary(uniqueKeysWithValues: sorted.prefix(Activity.maxNames).map { ($0, $1) })
    }
}

extension Int64 {
    /// Rounded down, so that times before 1970 have their own days.
    public func quotientAndFloor(_ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
