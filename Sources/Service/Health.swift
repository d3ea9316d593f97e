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

/// Watch: the status now, and again when it changes. One call.
final class HealthWatch: CallHandler {
    private let context: LoopContext
    private let services: Set<String>
    private var call: ServerCall?
    private var isKnown = false

    /// - Parameter services: full names of what is registered.
    init(context: LoopContext, services: Set<String>) {
        self.context = context
        self.services = services
    }

    func received(_ message: RawSpan, on call: ServerCall) {
        do throws(Fault) {
            let service = try context.codec.decodeHealthCheckRequest(message)
            // An unknown service may be registered later, says the protocol; here none ever is.
            isKnown = service.isEmpty || services.contains(service)
            self.call = call
            send(isKnown ? context.servingStatus : .serviceUnknown, on: call)
            context.watches[ObjectIdentifier(self)] = self
        } catch { call.fail(error, context.codec) }
    }

    func cancelled(_ reason: CancelReason, on call: ServerCall) {
        context.watches[ObjectIdentifier(self)] = nil
    }

    /// The server drains: says so and ends the stream, which would else keep the drain waiting.
    func drained() {
        guard let call else { return }
        if isKnown { send(.notServing, on: call) }
        call.fail(
            Fault(.unavailable, reason: "DRAINING", "the server is shutting down"), context.codec)
    }

    private func send(_ status: ServingStatus, on call: ServerCall) {
        call.send(context.codec.encodeHealthCheckResponse(status))
    }
}
