// A streaming call with async/await. Messages that nobody has asked for yet are few: past that the
// call stops reading, and flow control stops the server.

internal import Base

/// One call that is open in both directions. Usable from any thread; one task sends, one receives.
public final class ClientStream: Sendable {
    private let state: LoopConfined<ClientStreamState>
    private let mailbox: LoopMailbox

    private init(_ state: ClientStreamState, _ mailbox: LoopMailbox) {
        self.state = LoopConfined(state, to: mailbox)
        self.mailbox = mailbox
    }

    /// Sends one message; returns when there is room for the next.
    /// - Throws: the call's status once it has ended.
    public func send(_ message: [UInt8], compressed: Bool = true) async throws(RPCStatus) {
        let state = state
        try await onLoop { state.value.send(message, compressed: compressed, $0) }
    }

    /// No more messages will be sent.
    public func finishSending() {
        let state = state
        mailbox.post { state.value.call?.finishSending() }
    }

    /// The next message, or nil after the last one of a call that ended with OK.
    /// - Throws: the call's status when it is not OK.
    public func next() async throws(RPCStatus) -> [UInt8]? {
        let state = state
        return try await onLoop { state.value.next($0) }
    }

    /// Ends the call with CANCELLED.
    public func cancel() {
        let state = state
        mailbox.post { state.value.call?.cancel() }
    }

    /// Initial metadata, empty before the first message, and trailers, empty before the end.
    public func metadata() async throws(RPCStatus) -> (initial: Metadata, trailers: Metadata) {
        let state = state
        return try await onLoop {
            $0(.success((state.value.initialMetadata, state.value.trailers)))
        }
    }

    private func onLoop<Value: Sendable>(
        _ work: @escaping @Sendable (@escaping (Result<Value, RPCStatus>) -> Void) -> Void
    ) async throws(RPCStatus) -> Value {
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Value, RPCStatus>, Never>) in
            let isPosted = mailbox.post { work { continuation.resume(returning: $0) } }
            if !isPosted { continuation.resume(returning: .failure(GRPCClient.closed)) }
        }
        return try result.get()
    }

    /// On the loop.
    static func open(
        _ core: ClientCore, _ mailbox: LoopMailbox, _ path: String, _ options: CallOptions,
        completion: @escaping (Result<ClientStream, RPCStatus>) -> Void
    ) {
        guard core.admit() else { return completion(.failure(GRPCClient.tooMany)) }
        core.withConnection { result in
            switch result {
            case .failure(let error):
                core.release()
                completion(.failure(RPCStatus(.unavailable, "\(error)")))
            case .success(let connection):
                let state = ClientStreamState { core.release() }
                state.call = connection.start(path, options, handler: state)
                completion(.success(ClientStream(state, mailbox)))
            }
        }
    }
}

/// Confined to the client's loop.
final class ClientStreamState: ClientCallHandler {
    typealias Completion<Value> = (Result<Value, RPCStatus>) -> Void

    var call: ClientCall?
    private(set) var initialMetadata = Metadata()
    private(set) var trailers = Metadata()
    private var received: [[UInt8]] = []
    private var status: RPCStatus?
    private var receiver: Completion<[UInt8]?>?
    private var sender: Completion<Void>?
    private var isPaused = false
    private var onEnd: (() -> Void)?

    /// Messages kept for a receiver that is busy.
    private static let maxReceived = 16

    init(onEnd: @escaping () -> Void) { self.onEnd = onEnd }

    func send(_ message: [UInt8], compressed: Bool, _ completion: @escaping Completion<Void>) {
        if let status { return completion(.failure(status)) }
        guard let call, sender == nil else {
            return completion(
                .failure(RPCStatus(.failedPrecondition, "one send at a time")))
        }
        call.send(message, compressed: compressed)
        if call.canSend { completion(.success(())) } else { sender = completion }
    }

    func next(_ completion: @escaping Completion<[UInt8]?>) {
        if !received.isEmpty {
            let message = received.removeFirst()
            if isPaused && received.isEmpty {
                isPaused = false
                call?.resumeReading()
            }
            return completion(.success(message))
        }
        if let status { return completion(Self.last(status)) }
        guard receiver == nil else {
            return completion(
                .failure(RPCStatus(.failedPrecondition, "one receive at a time")))
        }
        receiver = completion
    }

    func opened(_ call: ClientCall) { initialMetadata = call.receivedMetadata }

    func received(_ message: RawSpan, on call: ClientCall) {
        let bytes = message.withUnsafeBytes { Array($0) }
        if let waiting = receiver {
            receiver = nil
            return waiting(.success(bytes))
        }
        received.append(bytes)
        if received.count >= Self.maxReceived {
            isPaused = true
            call.pauseReading()
        }
    }

    func writable(_ call: ClientCall) {
        let waiting = sender
        sender = nil
        waiting?(.success(()))
    }

    func ended(_ status: RPCStatus, _ call: ClientCall) {
        self.status = status
        trailers = call.receivedMetadata
        self.call = nil
        let (receiver, sender, onEnd) = (receiver, sender, onEnd)
        self.receiver = nil
        self.sender = nil
        self.onEnd = nil
        receiver?(Self.last(status))
        sender?(.failure(status))
        onEnd?()
    }

    private static func last(_ status: RPCStatus) -> Result<[UInt8]?, RPCStatus> {
        status.code == .ok ? .success(nil) : .failure(status)
    }
}
