/// What went wrong, said once for every layer: the domain throws it, Service hands it on, Messages
/// writes it as `google.rpc.Status` with `ErrorInfo`, and `BadRequest` or `RetryInfo` where it has them.
public struct Fault: Error, Sendable, Equatable {
    /// A field of the request and what is wrong with it (google.rpc.BadRequest.FieldViolation).
    public struct FieldViolation: Sendable, Equatable {
        /// Path from the request's root in proto names, e.g. `items[3].price.micros`.
        public var field: String
        public var description: String

        public init(field: String, description: String) {
            self.field = field
            self.description = description
        }
    }

    public var code: StatusCode
    /// UPPER_SNAKE_CASE, stable, for programs (google.rpc.ErrorInfo.reason).
    public var reason: String
    /// For people. Never holds a user id, a text of a request or a secret.
    public var message: String
    public var fieldViolations: [FieldViolation]
    /// When the caller may try again (google.rpc.RetryInfo), for `resourceExhausted` and `unavailable`.
    public var retryAfterMs: Int?

    public init(
        _ code: StatusCode, reason: String, _ message: String,
        fieldViolations: [FieldViolation] = [], retryAfterMs: Int? = nil
    ) {
        self.code = code
        self.reason = reason
        self.message = message
        self.fieldViolations = fieldViolations
        self.retryAfterMs = retryAfterMs
    }

    /// INVALID_ARGUMENT that names the field at fault.
    public static func invalid(_ field: String, _ description: String) -> Fault {
        Fault(
            .invalidArgument, reason: "INVALID_FIELD", "\(field): \(description)",
            fieldViolations: [FieldViolation(field: field, description: description)])
    }

    public static func notFound(_ what: String) -> Fault {
        Fault(.notFound, reason: "NOT_FOUND", "\(what) not found")
    }

    public static func exhausted(_ what: String, retryAfterMs: Int) -> Fault {
        Fault(.resourceExhausted, reason: "QUEUE_FULL", what, retryAfterMs: retryAfterMs)
    }

    public static let deadlineExceeded = Fault(
        .deadlineExceeded, reason: "DEADLINE_EXCEEDED", "the deadline passed before the answer")

    public static let cancelled = Fault(
        .cancelled, reason: "CANCELLED", "the caller cancelled the call")
}
