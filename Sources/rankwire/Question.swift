// One question to a server: encode, call, decode, with every kind of failure as a Fault.

import Base
import Messages
import RPC

/// A connection that asks. Closed when it goes.
struct Question {
    private let client: GRPCClient
    private let options: CallOptions

    init(_ options: ServerOptions) throws {
        try self.init(
            server: options.server, timeoutMs: options.timeoutMs, security: options.security)
    }

    init(server: String, timeoutMs: Int, security: SecurityOptions) throws {
        client = try GRPCClient(server, configuration: security.configuration())
        options = CallOptions(deadlineMs: timeoutMs, metadata: try security.metadata())
    }

    /// - Throws: `Fault`: what the server said, or UNAVAILABLE when none answers.
    func ask<Reply>(
        _ path: String, encode: (MessageCodec) -> [UInt8],
        decode: (MessageCodec, RawSpan) throws(Fault) -> Reply
    ) async throws -> Reply {
        let codec = MessageCodec(limits: Limits())
        let reply: UnaryReply
        do throws(RPCStatus) {
            reply = try await client.unary(path, encode(codec), options)
        } catch { throw Self.fault(error, codec) }
        return try decode(codec, reply.message.span.bytes)
    }

    /// One question with an answer of many messages.
    /// - Parameter take: called with each.
    func ask(
        _ path: String, encode: (MessageCodec) -> [UInt8],
        take: (MessageCodec, RawSpan) throws(Fault) -> Void
    ) async throws {
        let codec = MessageCodec(limits: Limits())
        do {
            let stream = try await client.open(path, options)
            try await stream.send(encode(codec))
            stream.finishSending()
            while let message = try await stream.next() {
                try take(codec, message.span.bytes)
            }
        } catch let status as RPCStatus { throw Self.fault(status, codec) }
    }

    private static func fault(_ status: RPCStatus, _ codec: MessageCodec) -> Fault {
        guard !status.details.isEmpty,
            let fault = try? codec.decodeStatus(status.details.span.bytes)
        else { return Fault(status.code, reason: "", status.message) }
        return fault
    }
}
