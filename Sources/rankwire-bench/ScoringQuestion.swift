import Base
import Dispatch
import Messages
import RPC
import Synchronization

/// ScoreItems for known items of a stored user, as `rpc` asks a running server.
struct ScoringQuestion {
    static let path = "/rankwire.v1.ScoringService/ScoreItems"

    let message: [UInt8]
    private let itemCount: Int
    private let codec = MessageCodec(limits: Limits())

    init(user: String, items: [String]) {
        message = codec.encodeScoreItemsRequest(
            ScoreItemsRequest(user: .stored(user), itemIds: items))
        itemCount = items.count
    }

    /// Asks once; all items must be ranked.
    /// - Returns: FNV-1a, 64 bits, over the rows: what is answered, but for timings.
    func answer(from server: String) throws -> String {
        let reply = try ask(server)
        let response = try codec.decodeScoreItemsResponse(reply.message.span.bytes)
        guard response.rows.count == itemCount, response.failures.isEmpty else {
            throw Fault(
                .failedPrecondition, reason: "NOT_ALL_RANKED",
                "\(response.rows.count) of \(itemCount) items were ranked: name items of the "
                    + "server's catalogue")
        }
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for row in response.rows {
            let numbers = [UInt32(row.index), row.probability.bitPattern, row.logit.bitPattern]
            for byte in numbers.flatMap({ withUnsafeBytes(of: $0.littleEndian, Array.init) })
                + Array(row.itemId.utf8)
            {
                hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
            }
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private func ask(_ server: String) throws -> UnaryReply {
        let client = try GRPCClient(server)
        let result = Mutex<Result<UnaryReply, RPCStatus>?>(nil)
        let isAnswered = DispatchSemaphore(value: 0)
        Task { [message] in
            do throws(RPCStatus) {
                let reply = try await client.unary(
                    Self.path, message, CallOptions(deadlineMs: 10_000))
                result.withLock { $0 = .success(reply) }
            } catch { result.withLock { $0 = .failure(error) } }
            isAnswered.signal()
        }
        isAnswered.wait()
        guard let result = result.withLock({ $0 }) else {
            preconditionFailure("a call that has ended has a result")
        }
        return try result.get()
    }
}
