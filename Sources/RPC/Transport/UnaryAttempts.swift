internal import Base

/// One unary call from the first attempt to the last. Confined to the client's loop; keeps itself
/// alive through the handler of the attempt under way.
final class UnaryAttempts: ClientCallHandler {
    private let core: ClientCore
    private let path: String
    private let message: [UInt8]
    private let options: CallOptions
    private let deadline: MonotonicTime?
    private var completion: ((Result<UnaryReply, RPCStatus>) -> Void)?
    private var call: ClientCall?
    private var attempt = 0
    private var initialMetadata = Metadata()
    private var reply: [UInt8]?
    private var replies = 0

    init(
        core: ClientCore, path: String, message: [UInt8], options: CallOptions,
        completion: @escaping (Result<UnaryReply, RPCStatus>) -> Void
    ) {
        self.core = core
        self.path = path
        self.message = message
        self.options = options
        self.completion = completion
        deadline = options.deadlineMs.map {
            core.now.advanced(byNanoseconds: UInt64(max(0, $0)) * 1_000_000)
        }
    }

    func start() {
        attempt += 1
        core.withConnection { result in
            // Cancelled while it waited.
            guard self.completion != nil else { return }
            switch result {
            case .success(let connection): self.send(on: connection)
            case .failure(let error):
                self.retry(or: RPCStatus(.unavailable, "\(error)"), Metadata())
            }
        }
    }

    func cancel() {
        call?.cancel()
        finish(.failure(RPCStatus(.cancelled, "the call was cancelled here")))
    }

    private func send(on connection: ClientConnection) {
        var options = options
        if let deadline {
            let left = deadline.nanoseconds(since: core.now) / 1_000_000
            if left == 0 { return finish(.failure(Self.late)) }
            options.deadlineMs = Int(left)
        }
        initialMetadata = Metadata()
        reply = nil
        replies = 0
        let call = connection.start(path, options, handler: self)
        self.call = call
        call.send(message)
        call.finishSending()
    }

    func opened(_ call: ClientCall) { initialMetadata = call.receivedMetadata }

    func received(_ message: RawSpan, on call: ClientCall) {
        replies += 1
        reply = message.withUnsafeBytes { Array($0) }
    }

    func ended(_ status: RPCStatus, _ call: ClientCall) {
        self.call = nil
        let trailers = call.receivedMetadata
        guard status.code == .ok else { return retry(or: status, trailers) }
        guard let reply, replies == 1 else {
            let fault = "the method answered \(replies) messages instead of one"
            return finish(.failure(RPCStatus(.unimplemented, fault)))
        }
        finish(
            .success(
                UnaryReply(message: reply, metadata: initialMetadata, trailers: trailers)))
    }

    private func retry(or status: RPCStatus, _ trailers: Metadata) {
        guard completion != nil else { return }
        guard let backoffMs = core.backoffMs(attempt: attempt, status, trailers) else {
            return finish(.failure(status))
        }
        let due = core.now.advanced(byNanoseconds: UInt64(backoffMs) * 1_000_000)
        if let deadline, due >= deadline { return finish(.failure(status)) }
        core.schedule(afterMs: backoffMs) {
            if self.completion != nil { self.start() }
        }
    }

    private func finish(_ result: Result<UnaryReply, RPCStatus>) {
        let completion = completion
        self.completion = nil
        completion?(result)
    }

    private static let late = RPCStatus(.deadlineExceeded, "the deadline passed")
}
