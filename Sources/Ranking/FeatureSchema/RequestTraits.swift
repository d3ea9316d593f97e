internal import Store

/// When and how a ranking is asked for.
public struct RequestContext: Sendable, Equatable {
    /// Nil when unknown.
    public var unixNanoseconds: Int64?
    /// As events name them; empty when unknown.
    public var channel: String
    public var device: String

    public init(unixNanoseconds: Int64?, channel: String = "", device: String = "") {
        self.unixNanoseconds = unixNanoseconds
        self.channel = channel
        self.device = device
    }
}

/// The moment and the way of the request, and whether they are usual for the user. Missing without a
/// context.
enum RequestTraits {
    static let start = AttributeLift.start + 1
    static let features = [
        Feature(
            name: "hour", kind: .context, unit: "hour of the day, UTC", range: -1...24,
            missing: -1, isChangeable: false),
        Feature(
            name: "weekday", kind: .context, unit: "days since Monday, UTC", range: -1...6,
            missing: -1, isChangeable: false),
        Feature(
            name: "channel_share", kind: .context, unit: "share of own events by this channel",
            range: 0...1, missing: 0, label: .activity,
            isChangeable: false),
        Feature(
            name: "device_share", kind: .context, unit: "share of own events by this device",
            range: 0...1, missing: 0, label: .activity,
            isChangeable: false),
    ]

    private static let dayNanoseconds: Int64 = 86_400 * 1_000_000_000

    /// Days since 1970, UTC.
    static func day(ofUnixNanoseconds time: Int64) -> Int {
        let (day, rest) = time.quotientAndRemainder(dividingBy: dayNanoseconds)
        return Int(rest < 0 ? day - 1 : day)
    }

    static func fill(_ vector: inout FeatureVector, _ context: RequestContext, _ profile: Profile) {
        if let time = context.unixNanoseconds {
            let day = day(ofUnixNanoseconds: time)
            let seconds = (time - Int64(day) * dayNanoseconds) / 1_000_000_000
            vector[start] = Float(seconds) / 3_600
            // 1970-01-01 was a Thursday.
            let weekday = (day + 3) % 7
            vector[start + 1] = Float(weekday < 0 ? weekday + 7 : weekday)
        }
        let count = Float(max(profile.eventCount, 1))
        vector[start + 2] = features[2].admit(
            Float(profile.activity.channels[context.channel] ?? 0) / count)
        vector[start + 3] = features[3].admit(
            Float(profile.activity.devices[context.device] ?? 0) / count)
    }
}
