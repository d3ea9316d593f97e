// grpc.health.v1.Health (grpc/doc/health-checking.md).

public import Base
internal import CMessages

/// grpc.health.v1.HealthCheckResponse.ServingStatus.
public enum ServingStatus: UInt32, Sendable {
    case unknown = 0
    case serving = 1
    case notServing = 2
    case serviceUnknown = 3
}

extension MessageCodec {
    /// The service asked for; empty for the server as a whole.
    public func decodeHealthCheckRequest(_ bytes: RawSpan) throws(Fault) -> String {
        let message = try unpack(bytes, grpc__health__v1__health_check_request__unpack).pointee
        return try string(message.service, "service", maxBytes: limits.maxIdBytes)
    }

    public func encodeHealthCheckResponse(_ status: ServingStatus) -> [UInt8] {
        arena.reset()
        let message = arena.make(grpc__health__v1__health_check_response__init)
        message.pointee.status = Grpc__Health__V1__HealthCheckResponse__ServingStatus(
            status.rawValue)
        return pack(message)
    }

    public func encodeHealthCheckRequest(service: String) -> [UInt8] {
        arena.reset()
        let message = arena.make(grpc__health__v1__health_check_request__init)
        message.pointee.service = arena.makeString(service)
        return pack(message)
    }

    public func decodeHealthCheckResponse(_ bytes: RawSpan) throws(Fault) -> ServingStatus {
        let message = try unpack(bytes, grpc__health__v1__health_check_response__unpack).pointee
        return ServingStatus(rawValue: message.status.rawValue) ?? .unknown
    }
}
