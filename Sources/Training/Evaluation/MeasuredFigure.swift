/// A figure with its 95% interval.
public struct MeasuredFigure: Sendable, Equatable, Codable {
    public var value: Double
    public var low: Double
    public var high: Double
}
