/// Where the time of one request went, in nanoseconds; 0 for a stage it did not have.
public struct StageTimes: Sendable, Equatable {
    public var tokenize: UInt64 = 0
    /// From the scheduler's taking the texts to the first batch with one of them.
    public var queue: UInt64 = 0
    public var encode: UInt64 = 0
    public var score: UInt64 = 0

    public init() {}

    public static func += (left: inout Self, right: Self) {
        left.tokenize &+= right.tokenize
        left.queue &+= right.queue
        left.encode &+= right.encode
        left.score &+= right.score
    }
}
