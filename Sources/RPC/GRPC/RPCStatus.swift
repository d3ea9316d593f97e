public import Base

/// How a call ended, as the wire says it: `grpc-status`, `grpc-message`, `grpc-status-details-bin`.
public struct RPCStatus: Error, Sendable, Equatable {
    public var code: StatusCode
    public var message: String
    /// A serialised google.rpc.Status, empty when there is none. RPC does not look inside.
    public var details: [UInt8]

    public init(_ code: StatusCode, _ message: String = "", details: [UInt8] = []) {
        self.code = code
        self.message = message
        self.details = details
    }

    public static let ok = RPCStatus(.ok)
}

extension RPCStatus {
    /// What a reset stream means to a caller (gRPC over HTTP/2, "Errors").
    static func from(reset error: HTTP2ErrorCode) -> RPCStatus {
        let code: StatusCode =
            switch error {
            case .refusedStream: .unavailable
            case .cancel: .cancelled
            case .enhanceYourCalm: .resourceExhausted
            case .inadequateSecurity: .permissionDenied
            default: .internal
            }
        return RPCStatus(code, "the stream was reset with HTTP/2 error \(error.rawValue)")
    }

    /// What an HTTP status without a `grpc-status` means (gRPC's "HTTP to gRPC Status Code Mapping").
    static func from(httpStatus: Int) -> RPCStatus {
        let code: StatusCode =
            switch httpStatus {
            case 400: .internal
            case 401: .unauthenticated
            case 403: .permissionDenied
            case 404: .unimplemented
            case 429, 502, 503, 504: .unavailable
            default: .unknown
            }
        return RPCStatus(code, "the server answered with HTTP status \(httpStatus)")
    }

    /// `grpc-status`, `grpc-message` and the details.
    func append(to block: inout HeaderBlock) {
        block.append("grpc-status", Self.digits(code))
        if !message.isEmpty {
            block.append("grpc-message", copying: PercentEncoding.encode(message))
        }
        if !details.isEmpty {
            block.append("grpc-status-details-bin", copying: Base64.encode(details))
        }
    }

    private static func digits(_ code: StatusCode) -> StaticString {
        switch code {
        case .ok: "0"
        case .cancelled: "1"
        case .unknown: "2"
        case .invalidArgument: "3"
        case .deadlineExceeded: "4"
        case .notFound: "5"
        case .alreadyExists: "6"
        case .permissionDenied: "7"
        case .resourceExhausted: "8"
        case .failedPrecondition: "9"
        case .aborted: "10"
        case .outOfRange: "11"
        case .unimplemented: "12"
        case .internal: "13"
        case .unavailable: "14"
        case .dataLoss: "15"
        case .unauthenticated: "16"
        }
    }
}
