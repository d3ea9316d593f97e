/// When and where an ad would be seen.
public struct AdMoment: Sendable, Equatable {
    public var unixNanoseconds: Int64
    /// Empty where unknown, like the rest.
    public var channel: String
    public var device: String
    public var placement: String

    public init(
        unixNanoseconds: Int64, channel: String = "", device: String = "", placement: String = ""
    ) {
        self.unixNanoseconds = unixNanoseconds
        self.channel = channel
        self.device = device
        self.placement = placement
    }
}
