internal import Base
internal import Messages
internal import RPC

extension ServerCall {
    /// Sends the one reply of a unary call.
    func reply(_ message: [UInt8]) {
        send(message)
        finish()
    }

    /// The same of a message that lies elsewhere.
    func reply(_ message: RawSpan) {
        send(message)
        finish()
    }

    /// Ends the call with the fault as `google.rpc.Status`, and with `grpc-retry-pushback-ms` (gRFC
    /// A6) where the fault says when to try again.
    func fail(_ fault: Fault, _ codec: MessageCodec) {
        var trailers = Metadata()
        if let retryAfterMs = fault.retryAfterMs {
            do throws(Fault) {
                try trailers.add("grpc-retry-pushback-ms", String(retryAfterMs))
            } catch { preconditionFailure("a number is valid metadata: \(error)") }
        }
        fail(
            fault.code, fault.message, details: codec.encodeStatus(fault), trailers: trailers)
    }
}

extension Fault {
    /// A candidate's identifier that the catalogue does not have.
    static func unknownCandidate(_ kind: String) -> Fault {
        Fault(
            .notFound, reason: "\(kind.uppercased())_NOT_FOUND", "no such \(kind) in the catalogue")
    }
}
