public import Base

/// What is wrong with a model's file, and where.
public struct BundleError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Path of the file or directory.
    public var file: String
    /// Inside the file: a tensor, a field or a byte; empty where it is the file as a whole.
    public var place: String
    public var problem: String

    public init(file: String, place: String = "", _ problem: String) {
        self.file = file
        self.place = place
        self.problem = problem
    }

    public var description: String {
        place.isEmpty ? "\(file): \(problem)" : "\(file): \(place): \(problem)"
    }

    /// The same for callers that speak in faults.
    public var fault: Fault { Fault(.failedPrecondition, reason: "BAD_MODEL", description) }
}
