// grpc.health.v1.Health (grpc/doc/health-checking.md).

internal import Base
internal import Messages
internal import RPC

/// Check. Serves every call of its loop: it keeps nothing between them.
final class HealthCheck: CallHandler {
    private let context: LoopContext
    private let services: Set<String>

    /// - Parameter services: full names of what is registered.
    init(context: LoopContext, services: Set<String>) {
        self.context = context
        self.services = services
    }

    func received(_ message: RawSpan, on call: ServerCall) {
        do throws(Fault) {
            let service = try context.codec.decodeHealthCheckRequest(message)
            guard service.isEmpty || services.contains(service) else {
                throw Fault.notFound("the service")
            }
            let status: ServingStatus =
                context.state.isDraining.load() ? .notServing : .serving
            call.reply(context.codec.encodeHealthCheckResponse(status))
        } catch { call.fail(error, context.codec) }
    }
}
