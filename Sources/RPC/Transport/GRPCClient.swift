// The client with async/await: for the command line, tools and tests. Its loop has a thread of its
// own; the request path of a server uses `ClientConnection` instead.

internal import Base
private import Synchronization

/// The answer to a unary call that ended well.
public struct UnaryReply: Sendable {
    public var message: [UInt8]
    public var metadata: Metadata
    public var trailers: Metadata
}

/// Calls one server over one connection, which it opens when needed and opens again when lost.
/// Usable from any thread. Every error of a call is an `RPCStatus`.
public final class GRPCClient: Sendable {
    public let target: ClientTarget
    private let thread: LoopThread
    private let core: LoopConfined<ClientCore>

    /// Connects with the first call, not here.
    /// - Parameter target: `host:port` or `unix:path`.
    public convenience init(
        _ target: String, configuration: ClientConfiguration = ClientConfiguration()
    ) throws {
        try self.init(target: ClientTarget(target), configuration: configuration)
    }

    public init(
        target: ClientTarget, configuration: ClientConfiguration = ClientConfiguration()
    ) throws {
        self.target = target
        var core: LoopConfined<ClientCore>?
        thread = try LoopThread(name: "grpc client", returning: &core) { loop in
            LoopConfined(
                ClientCore(loop: loop, target: target, configuration: configuration),
                to: loop.mailbox)
        }
        guard let core else { preconditionFailure("a started loop thread returns its result") }
        self.core = core
    }

    deinit { close() }

    /// Ends every call with UNAVAILABLE and the client's thread. No call may follow.
    public func close() {
        let core = core
        thread.mailbox.post { core.value.close() }
        thread.join()
    }

    /// One message there, one back. Tried again while the server is UNAVAILABLE, as the
    /// configuration says, within the deadline.
    public func unary(
        _ path: String, _ message: [UInt8], _ options: CallOptions = CallOptions()
    ) async throws(RPCStatus) -> UnaryReply {
        let core = core
        let attempts = Mutex<LoopConfined<UnaryAttempts>?>(nil)
        let mailbox = thread.mailbox
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation {
                (continuation: CheckedContinuation<Result<UnaryReply, RPCStatus>, Never>) in
                let isPosted = mailbox.post {
                    let started = Self.start(core.value, path, message, options, continuation)
                    attempts.withLock { $0 = started.map { LoopConfined($0, to: mailbox) } }
                }
                if !isPosted { continuation.resume(returning: .failure(Self.closed)) }
            }
        } onCancel: {
            mailbox.post { attempts.withLock { $0 }?.value.cancel() }
        }
        return try result.get()
    }

    /// Opens a call of any kind.
    public func open(
        _ path: String, _ options: CallOptions = CallOptions()
    ) async throws(RPCStatus) -> ClientStream {
        let core = core
        let mailbox = thread.mailbox
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<ClientStream, RPCStatus>, Never>) in
            let isPosted = mailbox.post {
                ClientStream.open(core.value, mailbox, path, options) {
                    continuation.resume(returning: $0)
                }
            }
            if !isPosted { continuation.resume(returning: .failure(Self.closed)) }
        }
        return try result.get()
    }

    private static func start(
        _ core: ClientCore, _ path: String, _ message: [UInt8], _ options: CallOptions,
        _ continuation: CheckedContinuation<Result<UnaryReply, RPCStatus>, Never>
    ) -> UnaryAttempts? {
        guard core.admit() else {
            continuation.resume(returning: .failure(tooMany))
            return nil
        }
        let attempts = UnaryAttempts(core: core, path: path, message: message, options: options) {
            core.release()
            continuation.resume(returning: $0)
        }
        attempts.start()
        return attempts
    }

    static let closed = RPCStatus(.unavailable, "the client is closed")
    static let tooMany = RPCStatus(.resourceExhausted, "too many calls are under way")
}
