public import Base

/// How long the calls of one loop took, by method and status, after OpenTelemetry's
/// `rpc.server.call.duration`; and where their time went. Any thread may read.
public final class CallMetrics: Sendable {
    /// Paths by place in the registry, then one for calls whose method is not known.
    private let paths: [String]
    /// A row a path, a column a status.
    private let durations: [SharedHistogram]
    public let tokenize = SharedHistogram()
    public let queue = SharedHistogram()
    public let encode = SharedHistogram()
    public let score = SharedHistogram()

    /// What OpenTelemetry calls a method that the server does not have, whose name a caller chose.
    public static let otherMethod = "_OTHER"

    private static let statusCount = StatusCode.allCases.count

    init(_ registry: MethodRegistry) {
        paths = registry.methods.map { String($0.path.dropFirst()) } + [Self.otherMethod]
        durations = (0..<paths.count * Self.statusCount).map { _ in SharedHistogram() }
    }

    /// - Parameter method: its place in the registry; nil for one that is not known.
    func ended(_ method: Int?, _ code: StatusCode, nanoseconds: UInt64) {
        durations[(method ?? paths.count - 1) * Self.statusCount + Int(code.rawValue)]
            .record(nanoseconds)
    }

    func record(_ stages: StageTimes) {
        if stages.tokenize > 0 { tokenize.record(stages.tokenize) }
        // Texts whose vectors are known wait for nothing.
        if stages.encode > 0 {
            queue.record(stages.queue)
            encode.record(stages.encode)
        }
        if stages.score > 0 { score.record(stages.score) }
    }

    public struct Calls: Sendable {
        /// `package.Service/Method`.
        public let method: String
        public let code: StatusCode
        public let durations: HistogramReading
    }

    /// The methods and statuses that have been.
    public var calls: [Calls] {
        paths.indices.flatMap { row in
            StatusCode.allCases.compactMap { code in
                let reading = durations[row * Self.statusCount + Int(code.rawValue)].reading
                return reading.count == 0
                    ? nil : Calls(method: paths[row], code: code, durations: reading)
            }
        }
    }
}
