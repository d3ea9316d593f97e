// One question to a server: encode, call, decode, with every kind of failure as a Fault.

import Base
import Messages
import RPC

/// A connection that asks. Closed when it goes.
struct Question {
    private let client: GRPCClient
    private let timeoutMs: Int

    init(_ options: ServerOptions) throws {
        try self.init(server: options.server, timeoutMs: options.timeoutMs)
    }

    init(server: String, timeoutMs: Int) throws {
        client = try GRPCClient(server)
        self.timeoutMs = timeoutMs
    }

    /// - Throws: `Fault`: what the server said, or UNAVAILABLE when none answers.
    func ask<Reply>(
        _ path: String, encode: (MessageCodec) -> [UInt8],
        decode: (MessageCodec, RawSpan) throws(Fault) -> Reply
    ) async throws -> Reply {
        let codec = MessageCodec(limits: Limits())
        let reply: UnaryReply
        do throws(RPCStatus) {
            reply = try await client.unary(
                path, encode(codec), CallOptions(deadlineMs: timeoutMs))
        } catch {
            guard !error.details.isEmpty,
                let fault = try? codec.decodeStatus(error.details.span.bytes)
            else { throw Fault(error.code, reason: "", error.message) }
            throw fault
        }
        return try decode(codec, reply.message.span.bytes)
    }
}
